"""Pairs that may be one person, as staff look at them."""

from dataclasses import dataclass

from django.db.models import Max, Min, QuerySet

from newsletters.models import Contact, Different, Double, DoubleReason, DoubleWalk

PER_PAGE = 25


@dataclass(frozen=True)
class Likely:
    """Two people and why they may be one."""

    first: Contact
    second: Contact
    reason: str


def found() -> QuerySet[Double]:
    """All pairs, the surest first."""
    return Double.objects.order_by("reason", "pk")


def likely(rows: list[Double]) -> list[Likely]:
    """The people of some pairs (one query). Who is gone since is left out."""
    people = Contact.objects.in_bulk([pk for row in rows for pk in (row.first_id, row.second_id)])
    return [
        Likely(people[row.first_id], people[row.second_id], str(DoubleReason(row.reason).label))
        for row in rows
        if row.first_id in people and row.second_id in people
    ]


def reason_of(first: Contact, second: Contact) -> str:
    """Why these two were found; empty when they were not."""
    one, other = sorted((first.pk, second.pk))
    row = Double.objects.filter(first_id=one, second_id=other).first()
    return str(DoubleReason(row.reason).label) if row else ""


def are_different(first: Contact, second: Contact) -> bool:
    """Whether staff have said that these are two people."""
    one, other = sorted((first.pk, second.pk))
    return Different.objects.filter(first=one, second=other).exists()


def walk() -> DoubleWalk | None:
    """The last look at everybody, or the one under way; None before the first."""
    return DoubleWalk.objects.first()


def percent(row: DoubleWalk) -> int:
    """How much of a walk is done, by the numbers of people."""
    ends = Contact.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if row.ended_at or not ends["last"]:
        return 100
    span = int(ends["last"] - ends["first"]) + 1
    return max(0, min(99, 100 * (row.cursor - int(ends["first"]) + 1) // span))
