"""Urgent actions and events that need somebody soon, and how many letters came in."""

from datetime import date, datetime, timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from campaigns.models import Event, Letter, Rsvp, UrgentAction
from campaigns.selectors import events
from campaigns.states import ActionState, EventState, LetterState, RsvpState

FEW = 5
SOON = timedelta(days=7)


def ending() -> QuerySet[UrgentAction]:
    """Open actions whose last day is within a week, the next one on top."""
    until = timezone.now().date() + SOON
    soon = UrgentAction.objects.filter(state=ActionState.OPEN, write_until__lte=until)
    return soon.order_by("write_until", "pk")[:FEW]


def without_outcome() -> QuerySet[UrgentAction]:
    """Closed actions of which supporters have not been told what came of them."""
    silent = UrgentAction.objects.filter(state=ActionState.CLOSED, outcome="")
    return silent.order_by("-closed_at")[:FEW]


def gatherings() -> list[tuple[Event, int]]:
    """Announced events of the next seven days and how many come (two queries), the next on top."""
    now = timezone.now()
    near = Event.objects.filter(events.not_over(now), starts_at__lte=now + SOON)
    soon = list(near.filter(state=EventState.ANNOUNCED).order_by("starts_at", "pk")[:FEW])
    rows = Rsvp.objects.filter(event__in=soon, state=RsvpState.COMING)
    coming = dict(rows.order_by().values_list("event").annotate(rows=Count("pk")))
    return [(event, coming.get(event.pk, 0)) for event in soon]


def letters_by_day(since: datetime) -> dict[date, int]:
    """Day (UTC) → letters confirmed on it (one query)."""
    rows = Letter.objects.filter(state=LetterState.CONFIRMED, confirmed_at__gte=since)
    by_day = rows.order_by().annotate(day=TruncDate("confirmed_at")).values_list("day")
    return dict(by_day.annotate(rows=Count("pk")))
