"""A database that was put back from a backup: nothing it would send goes out unasked.

It does not know what left after the backup was made, so its mailings wait for a
person and what was still to go is in doubt.
"""

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from newsletters.models import Alarm, Claim, Delivery, Digest, Mailing, Watermark
from newsletters.services import alarms, deliveries, mailings
from newsletters.states import AlarmKind, Decision, DeliveryState, MailingState

log = structlog.get_logger("newsletters.restores")

THE_ONE = 1
# More doubts than the one that is sent again by itself: a person decides.
FOR_A_PERSON = 2
# Nobody has these in hand and nobody has ended them.
OPEN = (DeliveryState.READY, DeliveryState.UNSURE)
UNFINISHED = (DeliveryState.READY, DeliveryState.CLAIMED, DeliveryState.UNSURE)
ALARM = "restored"
LONGEST_REASON = 200
# The alarm stays at least so long: it speaks of more than the mailings.
NOTICE = timedelta(days=1)


class Level(NamedTuple):
    """How far a database has come, or had when a machine last looked; the higher, the later."""

    era: int = 0
    height: int = 0


@dataclass(frozen=True)
class Held:
    """What waits for a person after a restore."""

    mailings: int
    digests: int
    mails: int


def birth() -> int:
    """When this database was made, in microseconds since 1970: a backup of it says the same.

    Tells it from another database that took its place, which owes this machine nothing.
    """
    first = MigrationRecorder.Migration.objects.order_by("pk").values_list("applied", flat=True)
    return int(first[0].timestamp() * 1_000_000)


def level() -> Level:
    """How far this database has come (one query)."""
    found = Watermark.objects.filter(pk=THE_ONE).values_list("era", "height").first()
    return Level(*found) if found else Level()


@transaction.atomic
def rise() -> Level:
    """Rise by one, durably; returns the new level."""
    Watermark.objects.get_or_create(pk=THE_ONE)
    Watermark.objects.filter(pk=THE_ONE).update(height=F("height") + 1)
    return level()


@transaction.atomic
def declare(*, seen: Level) -> Held | None:
    """This database was put back from a backup: a new era begins, later than ``seen``.

    EXPANDING, SENDING and SCHEDULED mailings → PAUSED with the reason, digests
    that go out by themselves rest, an alarm is raised. Every mail still to go, on
    its way or in doubt → UNSURE, and waits for a person however long. None when
    somebody else declared it at the same time.
    """
    Watermark.objects.get_or_create(pk=THE_ONE)
    here = level()
    era = max(int(time.time()), here.era + 1, seen.era + 1)
    if Watermark.objects.filter(pk=THE_ONE, era=here.era).update(era=era) != 1:
        return None
    stopped = _pause_mailings()
    resting = Digest.objects.filter(is_active=True, is_automatic=True).update(is_active=False)
    held = Held(mailings=len(stopped), digests=resting, mails=_doubt())
    _tell(stopped, held)
    log.warning("restored", mailings=held.mailings, digests=held.digests, mails=held.mails)
    return held


def contradicts(*, accepted: dict[int, datetime]) -> bool:
    """Whether one of these mails (id → when its journal was written last) never left, by our rows.

    A row nobody ever doubted cannot be still to go when a journal has its
    acceptance, unless the database was put back. A row made after the journal is
    another one that got the same number again.
    """
    rows = Delivery.objects.filter(pk__in=accepted, state=DeliveryState.READY, doubts=0)
    made = rows.values_list("pk", "created_at")
    return any(created_at <= accepted[pk] for pk, created_at in made)


@transaction.atomic
def accept(*, accepted: dict[int, datetime]) -> int:
    """READY or UNSURE → ACCEPTED for mails a journal (id → when it was written) knows as accepted.

    Not for rows made after the journal: those are others with the same number.
    Returns how many rows changed.
    """
    rows = Delivery.objects.filter(pk__in=accepted, state__in=OPEN, claim=None)
    at: dict[datetime, list[int]] = defaultdict(list)
    for pk, created_at in rows.values_list("pk", "created_at"):
        if created_at <= accepted[pk]:
            at[accepted[pk]].append(pk)
    return sum(
        Delivery.objects.filter(pk__in=ids, state__in=OPEN, claim=None).update(
            state=DeliveryState.ACCEPTED, accepted_at=moment, last_code="250", last_text=""
        )
        for moment, ids in at.items()
    )


def decide_single_mails(*, act: Decision) -> int:
    """UNSURE → what ``act`` says, for single mails that wait for a person. Returns how many.

    Not letters to officials, which stay in doubt.
    """
    waiting = Delivery.objects.filter(
        mailing=None, state=DeliveryState.UNSURE, doubts__gte=FOR_A_PERSON
    ).exclude(body__never_twice=True)
    count = waiting.update(**deliveries.CHANGES[act](timezone.now()))
    log.info("single_mails_decided", act=act.value, count=count)
    return count


def calm() -> bool:
    """Clear the alarm when none of the mailings it paused waits any more, after a day at least."""
    alarm = Alarm.objects.filter(key=ALARM, raised_at__lt=timezone.now() - NOTICE).first()
    if alarm is None:
        return False
    waiting = Mailing.objects.filter(pk__in=alarm.details["held"], state=MailingState.PAUSED)
    return not waiting.exists() and alarms.clear(key=ALARM)


def _pause_mailings() -> list[int]:
    """Every mailing that would send, and those that may have gone on after the backup."""
    stopped = []
    would_send = (MailingState.EXPANDING, MailingState.SENDING, MailingState.SCHEDULED)
    for mailing in Mailing.objects.filter(state__in=would_send):
        reason, state = _reason(mailing), MailingState(mailing.state)
        if mailings.move(mailing, state, MailingState.PAUSED, pause_reason=reason):
            stopped.append(mailing.pk)
    for mailing in Mailing.objects.filter(state=MailingState.PAUSED).exclude(pk__in=stopped):
        Mailing.objects.filter(pk=mailing.pk).update(pause_reason=_reason(mailing))
        stopped.append(mailing.pk)
    return stopped


def _doubt() -> int:
    """Every unfinished mail → UNSURE for a person; nobody holds a claim any more."""
    cancelled = Q(mailing__state=MailingState.CANCELLED, state=DeliveryState.READY)
    changed = (
        Delivery.objects.filter(state__in=UNFINISHED)
        .exclude(cancelled)
        .update(
            state=DeliveryState.UNSURE,
            claim=None,
            doubts=F("doubts") + FOR_A_PERSON,
            due_at=timezone.now(),
        )
    )
    Delivery.objects.filter(claim__isnull=False).update(claim=None)
    Claim.objects.all().delete()
    return changed


def _tell(stopped: list[int], held: Held) -> None:
    details = {"mailings": held.mailings, "digests": held.digests, "held": stopped}
    alarms.clear(key=ALARM)
    alarms.raise_(key=ALARM, kind=AlarmKind.RESTORED, details=details)


def _reason(mailing: Mailing) -> str:
    """What may have happened since the backup, and what going on would do."""
    if mailing.state == MailingState.SCHEDULED and mailing.scheduled_at:
        when = date_format(timezone.localtime(mailing.scheduled_at), "j F Y, H:i")
        text = _(
            "A backup of the database was put back. This was planned for %(when)s, and may have "
            "gone out or been cancelled since. If you go on, it leaves at once."
        ) % {"when": when}
    elif mailing.started_at is None:
        text = _(
            "A backup of the database was put back. Its list was not complete then: who was "
            "added since may have it already, and gets it again if you go on."
        )
    else:
        text = _(
            "A backup of the database was put back. What is known to have left since then is "
            "counted as accepted; about the rest you decide below before you go on."
        )
    return text[:LONGEST_REASON]
