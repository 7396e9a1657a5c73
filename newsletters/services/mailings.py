"""Mailings: approved, planned, started, held, ended. A move is one conditional update."""

from collections.abc import Set
from datetime import timedelta
from typing import Any

import structlog
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from newsletters.errors import MailingRefused, SegmentRefused
from newsletters.local_times import Moment
from newsletters.models import Delivery, Mailing
from newsletters.services import alarms, versions
from newsletters.states import (
    LEAVING,
    MAILING_MOVES,
    AlarmKind,
    DeliveryState,
    MailingState,
)
from worker.doorbell import Job, ring

log = structlog.get_logger("newsletters.mailings")

APPROVE = "newsletters.approve_mailing"
# A mailing found this late waits for a person: nine in the morning is not noon.
LATE = timedelta(hours=2)
FURTHEST = timedelta(days=400)
CANCELLABLE = frozenset(
    state for state, onward in MAILING_MOVES.items() if MailingState.CANCELLED in onward
)
# Nobody at a screen waits for the rows of a long list.
CANCELLED_AT_ONCE = 10_000
# Names the alarm about a mailing whose text is refused.
REFUSALS = "refusals:%d"
UNFINISHED = (DeliveryState.READY, DeliveryState.CLAIMED, DeliveryState.UNSURE)


@transaction.atomic
def approve(*, mailing: Mailing, by: User) -> None:
    """DRAFT → APPROVED: the text is checked and frozen. MailingRefused says what is missing."""
    _require(by)
    if not move(mailing, MailingState.DRAFT, MailingState.APPROVED, approved_by=by):
        raise moved_on(mailing)
    versions.freeze(mailing)


@transaction.atomic
def schedule(*, mailing: Mailing, by: User, moment: Moment) -> None:
    """APPROVED → SCHEDULED for ``moment``. Raises MailingRefused when it is over or far away."""
    _require(by)
    now = timezone.now()
    if moment.at < now - timedelta(minutes=1):
        raise MailingRefused("past", _("This time is over. Choose a later one, or send it now."))
    if moment.at > now + FURTHEST:
        raise MailingRefused("far", _("This is more than a year away. Choose an earlier time."))
    if not move(
        mailing,
        MailingState.APPROVED,
        MailingState.SCHEDULED,
        scheduled_at=moment.at,
        scheduled_local=moment.local,
        scheduled_zone=moment.zone,
        started_by=by,
    ):
        raise moved_on(mailing)


@transaction.atomic
def send_now(*, mailing: Mailing, by: User) -> None:
    """APPROVED → SCHEDULED → EXPANDING and a ring. Of any number of clicks one does it."""
    _require(by)
    at_once: dict[str, Any] = {
        "scheduled_at": timezone.now(),
        "scheduled_local": "",
        "scheduled_zone": "",
    }
    approved, planned = MailingState.APPROVED, MailingState.SCHEDULED
    if not move(mailing, approved, planned, started_by=by, **at_once):
        raise moved_on(mailing)
    _start(mailing)


@transaction.atomic
def start_due() -> int:
    """Start every mailing whose hour has come: SCHEDULED → EXPANDING. Returns how many.

    One that is more than two hours late goes to PAUSED and waits for a person.
    Any number of schedulers may call this at once: the row decides.
    """
    started = 0
    now = timezone.now()
    for mailing in Mailing.objects.filter(state=MailingState.SCHEDULED, scheduled_at__lte=now):
        if mailing.scheduled_at and mailing.scheduled_at < now - LATE:
            reason = _("Its hour passed while nothing was running. Send it now, or cancel it.")
            move(mailing, MailingState.SCHEDULED, MailingState.PAUSED, pause_reason=reason)
        else:
            started += _start(mailing)
    return started


def pause(*, mailing: Mailing, reason: str = "") -> None:
    """SENDING or EXPANDING → PAUSED. Every connection stops within two seconds."""
    running = {MailingState.SENDING, MailingState.EXPANDING}
    if not move(mailing, running, MailingState.PAUSED, pause_reason=reason[:200]):
        raise moved_on(mailing)


@transaction.atomic
def pause_for_refusals(*, mailing_id: int) -> bool:
    """SENDING or EXPANDING → PAUSED: the relay refuses its text. True for the call that did it.

    Staff see an alarm until it is resumed or cancelled.
    """
    reason = _("More than a tenth of the last mails were refused. Read why before you go on.")
    if not _pause_by_itself(mailing_id, reason):
        return False
    details = {"mailing": mailing_id}
    alarms.raise_(key=REFUSALS % mailing_id, kind=AlarmKind.REFUSALS, details=details)
    return True


def pause_for_rendering(*, mailing_id: int) -> bool:
    """SENDING or EXPANDING → PAUSED: its text cannot be made for too many.

    True for the one call that did it.
    """
    reason = _(
        "The text could not be made for more than one in a hundred people. "
        "Look at the preview and mend the text before you go on."
    )
    return _pause_by_itself(mailing_id, reason)


def pause_for_audience(*, mailing_id: int, why: SegmentRefused) -> bool:
    """SENDING or EXPANDING → PAUSED: nobody can say any more who gets it.

    True for the one call that did it.
    """
    reason = _("Who gets it: %(why)s") % {"why": why}
    return _pause_by_itself(mailing_id, reason[:200])


@transaction.atomic
def resume(*, mailing: Mailing, by: User) -> None:
    """PAUSED → SENDING, or → EXPANDING when not everybody had a row yet; rings."""
    _require(by)
    expanded = Q(started_at__isnull=False)
    if move(mailing, MailingState.PAUSED, MailingState.SENDING, only=expanded, pause_reason=""):
        ring(Job.SEND_BULK)
    elif move(
        mailing, MailingState.PAUSED, MailingState.EXPANDING, only=~expanded, pause_reason=""
    ):
        ring(Job.EXPAND_MAILING, mailing.pk)
    else:
        raise moved_on(mailing)
    alarms.clear(key=REFUSALS % mailing.pk)


@transaction.atomic
def cancel(*, mailing: Mailing, by: User) -> int:
    """Any state before the end → CANCELLED; so are rows still to go. Returns how many at once.

    A long list's other rows, and what is being handed over at this moment and
    given back by the engine, are cancelled by ``settle_cancelled``: nothing of
    it is taken up any more. Sent stays sent.
    """
    _require(by)
    log.info("mailing_cancelled", mailing=mailing.pk, by=by.pk)
    if not move(mailing, CANCELLABLE, MailingState.CANCELLED, finished_at=timezone.now()):
        raise moved_on(mailing)
    alarms.clear(key=REFUSALS % mailing.pk)
    return _cancel_some(Q(mailing=mailing))


def drop(*, mailing: Mailing, by: User) -> None:
    """DRAFT → CANCELLED: it was never sent and will not be. Needs no right to send."""
    log.info("mailing_dropped", mailing=mailing.pk, by=by.pk)
    if not move(mailing, MailingState.DRAFT, MailingState.CANCELLED, finished_at=timezone.now()):
        raise moved_on(mailing)


@transaction.atomic
def back_to_draft(*, mailing: Mailing) -> None:
    """APPROVED or SCHEDULED → DRAFT, so that it can be changed; the approval is gone."""
    waiting = {MailingState.APPROVED, MailingState.SCHEDULED}
    gone = {"approved_by": None, "started_by": None, "scheduled_at": None}
    if not move(mailing, waiting, MailingState.DRAFT, **gone):
        raise moved_on(mailing)


def reopen(*, mailing: Mailing) -> bool:
    """SENT → SENDING, because something of it is in doubt again. False when it was not SENT."""
    return move(mailing, MailingState.SENT, MailingState.SENDING, finished_at=None)


def finish_done() -> int:
    """SENDING → SENT for every mailing with nothing left to send or to decide. Returns how many."""
    left = Delivery.objects.filter(mailing=OuterRef("pk"), state__in=UNFINISHED)
    done = Mailing.objects.filter(~Exists(left), state=MailingState.SENDING)
    return done.update(state=MailingState.SENT, finished_at=timezone.now())


def settle_cancelled() -> int:
    """READY → CANCELLED for all rows left of cancelled mailings. Returns how many."""
    total = 0
    while changed := _cancel_some(Q(mailing__state=MailingState.CANCELLED)):
        total += changed
    return total


def move(
    mailing: Mailing,
    old: MailingState | Set[MailingState],
    new: MailingState,
    only: Q | None = None,
    **changes: Any,
) -> bool:
    """One allowed move, if the row is still in ``old`` (one state, or any of several).

    One update, so nobody slips in between. Tells whether this call made it.
    """
    states = {old} if isinstance(old, MailingState) else old
    if not all(new in MAILING_MOVES[state] for state in states):
        raise ValueError(f"{old} → {new} is not a move")
    rows = Mailing.objects.filter(only or Q(), pk=mailing.pk, state__in=states)
    if rows.update(state=new, updated_at=timezone.now(), **changes) != 1:
        return False
    mailing.refresh_from_db()
    log.info("mailing_moved", mailing=mailing.pk, state=new.value)
    return True


def moved_on(mailing: Mailing) -> MailingRefused:
    """Why a button of an older page does nothing any more: somebody else was first."""
    mailing.refresh_from_db()
    if mailing.started_by and mailing.scheduled_at:
        return MailingRefused("state", _started_before(mailing, mailing.started_by))
    return MailingRefused(
        "state",
        _("This mailing is now “%(state)s”, so this cannot be done. Nothing was changed.")
        % {"state": mailing.get_state_display()},
    )


def _pause_by_itself(mailing_id: int, reason: str) -> bool:
    """False when somebody else has stopped it already."""
    mailing = Mailing.objects.filter(pk=mailing_id).first()
    return mailing is not None and move(
        mailing, frozenset(LEAVING), MailingState.PAUSED, pause_reason=reason
    )


def _start(mailing: Mailing) -> bool:
    started = move(mailing, MailingState.SCHEDULED, MailingState.EXPANDING)
    if started:
        ring(Job.EXPAND_MAILING, mailing.pk)
    return started


def _cancel_some(rows: Q) -> int:
    """READY → CANCELLED for up to CANCELLED_AT_ONCE of ``rows``. Returns how many."""
    some = Delivery.objects.filter(rows, state=DeliveryState.READY).values("pk")[:CANCELLED_AT_ONCE]
    # Asked again, because another process may have claimed them meanwhile.
    return Delivery.objects.filter(pk__in=some, state=DeliveryState.READY).update(
        state=DeliveryState.CANCELLED
    )


def _started_before(mailing: Mailing, by: User) -> str:
    """Of many who press Send at once, all but one read this."""
    when = timezone.localtime(mailing.scheduled_at)
    return _(
        "This mailing is now “%(state)s”, so this cannot be done. "
        "%(who)s sent it or planned it for %(when)s. Nothing was changed."
    ) % {
        "state": mailing.get_state_display(),
        "who": by.get_username(),
        "when": date_format(when, "j F Y, H:i"),
    }


def _require(by: User) -> None:
    """Asked here and not only at the door: there is no way to send around the right to."""
    if not by.has_perm(APPROVE):
        raise MailingRefused("permission", _("Only somebody who may approve mailings can do this."))
