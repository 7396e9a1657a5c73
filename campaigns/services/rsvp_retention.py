"""Forgetting who comes: in time, or when she asks."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from campaigns import mails
from campaigns.models import Event, Rsvp
from campaigns.selectors import events as selectors
from campaigns.services import rsvps
from campaigns.states import RsvpState
from newsletters.services import outgoing

KEEP_PENDING = timedelta(days=14)
KEEP_NAMES = timedelta(days=30)
KEEP_ANSWERS = timedelta(days=365)
BATCH = 5000


def unconfirmed() -> QuerySet[Rsvp]:
    """Answers nobody confirmed in time."""
    too_late = timezone.now() - KEEP_PENDING
    return Rsvp.objects.filter(state=RsvpState.PENDING, created_at__lt=too_late)


def named() -> QuerySet[Rsvp]:
    """Answers with a name or an address, to events that ended 30 days ago."""
    return _of_events_over(KEEP_NAMES).exclude(email="", name="")


def old() -> QuerySet[Rsvp]:
    """Answers to events that ended a year ago."""
    return _of_events_over(KEEP_ANSWERS)


def forget_unconfirmed() -> int:
    """Delete what nobody confirmed. Returns how many."""
    return unconfirmed().delete()[0]


def forget_names() -> int:
    """Empty names and addresses; who came can still be asked by key. Returns how many answers."""
    done = 0
    while changed := Rsvp.objects.filter(pk__in=named().values("pk")[:BATCH]).update(**rsvps.EMPTY):
        done += changed
    return done


def forget_answers() -> int:
    """Delete old answers, event by event; how many came stays in the event. Returns how many."""
    events = old().order_by().values_list("event", flat=True).distinct()
    return sum(_count_and_delete(event) for event in list(events))


@transaction.atomic
def erase(*, keys: Sequence[str]) -> int:
    """Nobody is behind the answers of these addresses any more; returns how many.

    What waits for a confirmation is deleted. A place at an event to come goes to
    the next who waits; who came to one that is over still counts there.
    """
    outgoing.forget(outgoing.of_kinds(mails.RSVP_MAILS, keys))
    theirs = Rsvp.objects.filter(
        pk__in=list(selectors.written_by(keys).values_list("pk", flat=True))
    )
    events = Event.objects.select_for_update(no_key=True).filter(pk__in=theirs.values("event"))
    to_come = [event for event in events.order_by("pk") if not selectors.is_over(event)]
    touched, _counts = theirs.filter(state=RsvpState.PENDING).delete()
    touched += theirs.exclude(event__in=to_come).update(**rsvps.nobody())
    touched += rsvps.let_off(theirs.filter(event__in=to_come))
    for event in to_come:
        rsvps.move_up(event=event)
    return touched


def _of_events_over(period: timedelta) -> QuerySet[Rsvp]:
    ended = Event.objects.filter(selectors.over_since(timezone.now() - period))
    return Rsvp.objects.filter(event__in=ended)


@transaction.atomic
def _count_and_delete(event_id: int) -> int:
    rows = Rsvp.objects.filter(event=event_id)
    came = rows.filter(state=RsvpState.COMING).count()
    Event.objects.filter(pk=event_id).update(came_total=F("came_total") + came)
    return rows.delete()[0]
