"""Events as visitors and staff see them, and the answers of those who come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, Lower
from django.utils import timezone

from campaigns.models import Event, Rsvp
from campaigns.states import EventState, RsvpState
from campaigns.tokens import RSVP
from newsletters import tokens

PUBLIC = (EventState.ANNOUNCED, EventState.CALLED_OFF)
# Who counts: she has confirmed, and has not changed her mind.
LIVE = (RsvpState.COMING, RsvpState.WAITING)
# A vigil nobody gave an end is over after so long.
UNKNOWN_LENGTH = timedelta(hours=3)


@dataclass(frozen=True)
class Counts:
    """How many come and wait. ``places_left`` is None where there is room for everybody."""

    coming: int
    waiting: int
    places_left: int | None


def coming_events() -> QuerySet[Event]:
    """Public events that are not over, the next on top; those called off as well.

    With ``coming``, ``waiting``, ``came`` and ``places_left`` (``with_counts``).
    """
    rows = Event.objects.filter(not_over(timezone.now()), state__in=PUBLIC)
    return with_counts(rows).order_by("starts_at", "pk")


def past_events() -> QuerySet[Event]:
    """Public events that took place, the latest on top, with their counts."""
    rows = Event.objects.filter(over_since(timezone.now()), state=EventState.ANNOUNCED)
    return with_counts(rows).order_by("-starts_at", "-pk")


def for_staff() -> QuerySet[Event]:
    """Every event in every state, the latest on top, with its counts."""
    return with_counts(Event.objects.all()).order_by("-starts_at", "-pk")


def coming_for_staff() -> QuerySet[Event]:
    """What is not over, drafts as well, the next on top."""
    return for_staff().filter(not_over(timezone.now())).order_by("starts_at", "pk")


def past_for_staff() -> QuerySet[Event]:
    """What is over in whatever state, the latest on top."""
    return for_staff().filter(over_since(timezone.now()))


def by_slug(slug: str) -> Event | None:
    """The public event at this address."""
    rows = Event.objects.filter(state__in=PUBLIC, slug=slug.replace("\x00", ""))
    return rows.select_related("campaign").first()


def announced_between(since: datetime, until: datetime) -> QuerySet[Event]:
    """Events that became public in ``[since, until)`` and can still be gone to, newest first."""
    rows = Event.objects.filter(not_over(timezone.now()), state=EventState.ANNOUNCED)
    return rows.filter(announced_at__gte=since, announced_at__lt=until).order_by(
        "-announced_at", "-pk"
    )


def with_counts(rows: QuerySet[Event]) -> QuerySet[Event]:
    """``rows`` with numbers for lists, in the same query.

    ``coming``, ``waiting``: answers that stand. ``came``: who had said she comes,
    also after the answers were deleted. ``places_left``: never below 0, None
    without a capacity.
    """
    return rows.annotate(
        coming=_number_of(RsvpState.COMING),
        waiting=_number_of(RsvpState.WAITING),
        came=F("came_total") + F("coming"),
        places_left=Case(
            When(capacity__isnull=False, then=Greatest(F("capacity") - F("coming"), Value(0))),
            output_field=IntegerField(null=True),
        ),
    )


def counts(event: Event) -> Counts:
    """Counted from the rows at this moment."""
    found = event.rsvps.aggregate(
        coming=Count("pk", filter=Q(state=RsvpState.COMING)),
        waiting=Count("pk", filter=Q(state=RsvpState.WAITING)),
    )
    left = None if event.capacity is None else max(event.capacity - found["coming"], 0)
    return Counts(**found, places_left=left)


def is_over(event: Event) -> bool:
    """Whether it has ended. One without an end is over three hours after it began."""
    ends_at = event.ends_at or event.starts_at + UNKNOWN_LENGTH
    return ends_at <= timezone.now()


def takes_answers(event: Event) -> bool:
    """Whether one may say now that one comes."""
    return event.state == EventState.ANNOUNCED and not is_over(event)


def over_since(moment: datetime) -> Q:
    """Events that had ended at ``moment``."""
    return Q(ends_at__lte=moment) | Q(ends_at=None, starts_at__lte=moment - UNKNOWN_LENGTH)


def not_over(moment: datetime) -> Q:
    """Events that had not ended at ``moment``."""
    return Q(ends_at__gt=moment) | Q(ends_at=None, starts_at__gt=moment - UNKNOWN_LENGTH)


def shown_place(event: Event, rsvp: Rsvp | None = None) -> str:
    """The place, or nothing where only those who come are told and ``rsvp`` is not one of them."""
    if event.place_by_mail and (rsvp is None or rsvp.state != RsvpState.COMING):
        return ""
    return event.place


def by_token(token: str) -> Rsvp | None:
    """The answer behind the link in a mail, however old the link.

    Somebody who asked twice and confirmed one of both is led to the one that
    stands. None when the link is not ours or the answer is deleted.
    """
    sealed = tokens.unseal(RSVP, token)
    if sealed is None:
        return None
    rsvp = Rsvp.objects.select_related("event").filter(pk=sealed.first).first()
    if rsvp is None or rsvp.state != RsvpState.PENDING:
        return rsvp
    return standing_answer(rsvp.event, rsvp.person_key) or rsvp


def standing_answer(event: Event, person_key: str) -> Rsvp | None:
    """The answer by which this person comes or waits."""
    rows = event.rsvps.filter(person_key=person_key, state__in=LIVE)
    return rows.select_related("event").first()


def who_comes(event: Event) -> QuerySet[Rsvp]:
    """Who comes and who waits, in the order in which they said so; those who come first."""
    waits = Q(state=RsvpState.WAITING)
    rows = event.rsvps.filter(state__in=LIVE).annotate(waits=waits)
    return rows.order_by("waits", "confirmed_at", "pk")


def names_at_the_door(event: Event) -> Iterator[str]:
    """The names of all who come, as one looks for them on paper: one after the other."""
    rows = event.rsvps.filter(state=RsvpState.COMING).exclude(name="")
    return rows.order_by(Lower("name"), "pk").values_list("name", flat=True).iterator()


def untold(event: Event) -> QuerySet[Rsvp]:
    """Who has not yet been written to about the latest change."""
    rows = event.rsvps.filter(state__in=LIVE, told__lt=event.sequence)
    return rows.exclude(email="").order_by("pk")


def with_work() -> QuerySet[Event]:
    """Events with a change somebody has not been told, or a free place somebody waits for."""
    rows = with_counts(Event.objects.filter(not_over(timezone.now()), state__in=PUBLIC))
    live = Rsvp.objects.filter(event=OuterRef("pk"), state__in=LIVE).exclude(email="")
    free = Q(capacity=None) | Q(places_left__gt=0)
    return rows.filter(
        Exists(live.filter(told__lt=OuterRef("sequence")))
        | Q(free, state=EventState.ANNOUNCED, waiting__gt=0)
    ).order_by("pk")


def written_by(keys: Sequence[str]) -> QuerySet[Rsvp]:
    """Answers from any of these addresses, the newest first."""
    rows = Rsvp.objects.filter(address_key__in=keys).exclude(address_key="")
    return rows.select_related("event").order_by("-pk")


def _number_of(state: RsvpState) -> Coalesce:
    counted = (
        Rsvp.objects.filter(event=OuterRef("pk"), state=state)
        .order_by()
        .values("event")
        .annotate(total=Count("pk"))
        .values("total")
    )
    return Coalesce(Subquery(counted), 0)
