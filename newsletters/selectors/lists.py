"""Lists: which may be offered to whom, how many are on them, and how they speak."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from newsletters.models import ConsentAct, ConsentEvent, Contact, MailingList
from newsletters.states import SubscriptionState

MONTHS_SHOWN = 12


@dataclass(frozen=True)
class Voice:
    """How a list speaks: its sender and the postal address below. Empty: as the campaign does."""

    sender_name: str = ""
    sender_email: str = ""
    postal_address: str = ""


@dataclass(frozen=True)
class Month:
    """How many joined and how many left a list in the month that begins on ``first``."""

    first: date
    joined: int
    left: int


def public() -> QuerySet[MailingList]:
    """What the sign-up form offers to anybody."""
    return MailingList.objects.filter(is_public=True)


def offered_to(contact: Contact) -> QuerySet[MailingList]:
    """What the person's own page shows: public lists and those she is on.

    A sensitive list only when she is on it: the page may lie open on a desk.
    """
    on_it = Q(pk__in=joined_by(contact).values("pk"))
    return MailingList.objects.filter(on_it | Q(is_public=True, is_sensitive=False))


def joined_by(contact: Contact) -> QuerySet[MailingList]:
    """Lists the person is on."""
    return MailingList.objects.filter(
        subscriptions__contact=contact, subscriptions__state=SubscriptionState.ACTIVE
    )


def waiting_for(contact: Contact) -> QuerySet[MailingList]:
    """Lists that wait for this person's confirmation."""
    return MailingList.objects.filter(
        subscriptions__contact=contact, subscriptions__state=SubscriptionState.PENDING
    )


def with_counts() -> QuerySet[MailingList]:
    """Every list with ``active``, ``pending`` and ``unsubscribed``, counted in one query."""
    counts = {
        state.value: Count("subscriptions", filter=Q(subscriptions__state=state))
        for state in SubscriptionState
    }
    # Counting drops the order of the model.
    return MailingList.objects.annotate(**counts).order_by("name")


def voice(lists: Iterable[MailingList]) -> Voice:
    """How a mail to all of ``lists`` speaks: what they agree on; the campaign's own otherwise."""
    found = list(lists)
    return Voice(
        sender_name=_agreed({row.sender_name for row in found}),
        sender_email=_agreed({row.sender_email for row in found}),
        postal_address=_agreed({row.postal_address for row in found}),
    )


def growth(mailing_list: MailingList) -> list[Month]:
    """Who joined and left in each of the last twelve months (UTC), oldest first; one query.

    Read from the ledger of consents, so that whoever came and went counts as both.
    """
    months = _months_up_to(timezone.now())
    rows = (
        ConsentEvent.objects.filter(
            mailing_list=mailing_list,
            happened_at__gte=months[0],
            act__in=(ConsentAct.GRANTED, ConsentAct.WITHDRAWN),
        )
        .annotate(month=TruncMonth("happened_at"))
        .order_by()
        .values_list("month", "act")
        .annotate(number=Count("pk"))
    )
    found = {(month, act): number for month, act, number in rows}
    return [
        Month(
            month.date(),
            found.get((month, ConsentAct.GRANTED), 0),
            found.get((month, ConsentAct.WITHDRAWN), 0),
        )
        for month in months
    ]


def _agreed(values: set[str]) -> str:
    return values.pop() if len(values) == 1 else ""


def _months_up_to(now: datetime) -> list[datetime]:
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    last = first.year * 12 + first.month - 1
    numbers = range(last - MONTHS_SHOWN + 1, last + 1)
    return [first.replace(year=number // 12, month=number % 12 + 1) for number in numbers]
