"""What a person decides about mails that may or may not have arrived, and takes back."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from newsletters.models import Delivery, Mailing
from newsletters.services import mailings, transports
from newsletters.states import Decision, DeliveryState, MailingState, SkipReason
from worker.doorbell import Job, ring

log = structlog.get_logger("newsletters.deliveries")

# A mail that is sent again leaves only now, so that the decision can still be taken back …
GRACE = timedelta(minutes=1)
# … and for so long can the other two.
UNDO = timedelta(minutes=10)
# Who decides nothing more after taking it back has so long until the mail goes once more.
REST = timedelta(minutes=10)


@dataclass(frozen=True)
class Doubts:
    """Which doubtful mails of a mailing: ``ids``, or all that came into doubt ``until`` then.

    ``until`` is the newest ``due_at`` that was seen: what came into doubt after
    the page was shown is not decided by it.
    """

    mailing_id: int
    ids: Collection[int] = ()
    until: datetime | None = None

    def rows(self) -> QuerySet[Delivery]:
        """The mailing in the condition keeps one page's buttons from another mailing's rows."""
        found = Delivery.objects.filter(mailing=self.mailing_id, state=DeliveryState.UNSURE)
        if self.until is None:
            return found.filter(pk__in=self.ids)
        return found.filter(due_at__lte=self.until)


@dataclass(frozen=True)
class Decided:
    """``count`` mails were decided ``at`` this moment, which is how the decision is found again."""

    act: Decision
    at: datetime
    count: int = 0


def decide(*, doubts: Doubts, act: Decision, by: User) -> Decided:
    """UNSURE → what ``act`` says, for all that are still in doubt. ``undo`` takes it back.

    ARRIVED → ACCEPTED. LEAVE → SKIPPED. AGAIN → READY, due in a minute: the same
    bytes and the same Message-ID; nothing happens where the mailing was
    cancelled, because nothing of it leaves any more.
    """
    at = timezone.now()
    rows = doubts.rows()
    if act == Decision.AGAIN:
        rows = rows.exclude(mailing__state=MailingState.CANCELLED)
    count = rows.update(**CHANGES[act](at))
    log.info("doubts_decided", mailing=doubts.mailing_id, act=act.value, count=count, by=by.pk)
    return Decided(act, at, count)


def decided(*, mailing_id: int, act: Decision, at: datetime) -> int:
    """How many mails of a decision can still be taken back."""
    return _undoable(mailing_id, act, at).count()


@transaction.atomic
def undo(*, mailing_id: int, act: Decision, at: datetime, by: User) -> int:
    """Back to UNSURE, waiting ten minutes again. Returns how many mails.

    Not after UNDO, and not what has been claimed since. A mailing that was SENT
    because nothing was in doubt any more is SENDING again.
    """
    count = _undoable(mailing_id, act, at).update(
        state=DeliveryState.UNSURE,
        reason="",
        accepted_at=None,
        due_at=timezone.now() + REST,
    )
    log.info("doubts_undone", mailing=mailing_id, act=act.value, count=count, by=by.pk)
    if count:
        mailings.reopen(mailing=Mailing.objects.get(pk=mailing_id))
    return count


@transaction.atomic
def send_held(*, mailing: Mailing, by: User) -> int:
    """SKIPPED → READY for those no relay could carry (NEEDS_SMTPUTF8). Returns how many; rings.

    Each has the whole deadline before it again, and every transport is asked anew
    what it offers. A mailing that was SENT is SENDING again; of a cancelled one
    nothing goes, nor of one whose addresses are forgotten.
    """
    now = timezone.now()
    held = mailing.deliveries.filter(
        state=DeliveryState.SKIPPED, reason=SkipReason.NEEDS_SMTPUTF8, claim=None
    ).exclude(address="")
    count = held.exclude(mailing__state=MailingState.CANCELLED).update(
        state=DeliveryState.READY,
        reason="",
        last_text="",
        due_at=now,
        deadline_at=now + timedelta(hours=mailing.deadline_hours),
    )
    log.info("held_sent_again", mailing=mailing.pk, count=count, by=by.pk)
    if count:
        transports.ask_anew()
        mailings.reopen(mailing=mailing)
        ring(Job.SEND_BULK)
    return count


def _undoable(mailing_id: int, act: Decision, at: datetime) -> QuerySet[Delivery]:
    """The rows that stand exactly as the decision of that moment left them."""
    if at < timezone.now() - UNDO:
        return Delivery.objects.none()
    return Delivery.objects.filter(mailing=mailing_id, claim=None, doubts__gt=0, **CHANGES[act](at))


# ``due_at`` of a row that is over means nothing to anybody else: here it marks the decision.
CHANGES: dict[Decision, Callable[[datetime], dict[str, Any]]] = {
    Decision.ARRIVED: lambda at: {
        "state": DeliveryState.ACCEPTED,
        "accepted_at": at,
        "due_at": at,
    },
    Decision.AGAIN: lambda at: {"state": DeliveryState.READY, "due_at": at + GRACE},
    Decision.LEAVE: lambda at: {
        "state": DeliveryState.SKIPPED,
        "reason": SkipReason.LEFT,
        "due_at": at,
    },
}
