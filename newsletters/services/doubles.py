"""Looking for rows that may be one person, and remembering who is not."""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from newsletters.addresses import name_key
from newsletters.models import (
    Contact,
    Different,
    Double,
    DoubleReason,
    DoubleWalk,
    NameKey,
    OtherAddress,
)
from newsletters.names import likeness
from newsletters.selectors.doubles import walk
from worker.doorbell import Job, ring
from worker.stopping import stopping

STRETCH = 2000
EVERY = timedelta(days=1)
TURN = 20.0

Pairs = dict[tuple[int, int], DoubleReason]
# Each person, and who may be the same; None for most.
Partners = Iterable[tuple[int, int | None]]


@transaction.atomic
def ask() -> bool:
    """Look at everybody again now; the worker is rung. False while it looks already."""
    ring(Job.FIND_DOUBLES)
    return _begin(walk(), timezone.now())


def look() -> None:
    """Go on with the walk over everybody, or begin one when the last is a day old.

    For twenty seconds; then it rings again, so that imports are not kept waiting.
    Stretch by stretch, each in a transaction that moves the cursor from where it
    was: of two workers on one stretch the second writes nothing and stops.
    """
    now = timezone.now()
    row = walk()
    if row is None or (row.ended_at and row.ended_at < now - EVERY):
        _begin(row, now)
    turn_ends = time.monotonic() + TURN
    while not stopping.is_set() and _next_stretch():
        if time.monotonic() > turn_ends:
            ring(Job.FIND_DOUBLES)
            return


@transaction.atomic
def say_different(*, one: Contact, other: Contact) -> bool:
    """Remember that these are two people. False when that was known."""
    first, second = sorted((one.pk, other.pk))
    Double.objects.filter(first_id=first, second_id=second).delete()
    return Different.objects.get_or_create(first_id=first, second_id=second)[1]


def _begin(row: DoubleWalk | None, now: datetime) -> bool:
    if row is None:
        return DoubleWalk.objects.get_or_create(pk=1, defaults={"began_at": now})[1]
    ended = DoubleWalk.objects.filter(pk=row.pk, ended_at=row.ended_at, ended_at__isnull=False)
    return bool(ended.update(cursor=0, began_at=now, ended_at=None))


@transaction.atomic
def _next_stretch() -> bool:
    """Whether there is more to look at."""
    row = DoubleWalk.objects.filter(ended_at=None).first()
    if row is None:
        return False
    found = Contact.objects.filter(pk__gt=row.cursor).order_by("pk")
    until = found.values_list("pk", flat=True)[STRETCH - 1 : STRETCH].first()
    last = until or found.aggregate(last=Max("pk"))["last"] or row.cursor
    ended = None if until else timezone.now()
    here = DoubleWalk.objects.filter(pk=row.pk, cursor=row.cursor, ended_at=None)
    if not here.update(cursor=last, ended_at=ended):
        return False
    _look_at(row.cursor, last)
    if ended:
        Double.objects.filter(seen_at__lt=row.began_at).delete()
        NameKey.objects.filter(contact_id__gt=last).delete()
    return until is not None


def _look_at(behind: int, last: int) -> None:
    """Write down the pairs of which one is in this stretch: of a mailbox or a name the nearest."""
    _write_names(behind, last)
    here = Contact.objects.filter(pk__gt=behind, pk__lte=last)
    names = NameKey.objects.filter(contact_id__gt=behind, contact_id__lte=last)
    pairs: Pairs = {}
    for reason, rows in (
        (DoubleReason.MAILBOX, _of_one_mailbox(here)),
        (DoubleReason.ADDRESS, _of_one_address(here)),
        (DoubleReason.NAME, _of_one_name(names)),
    ):
        for one, other in rows:
            if other is not None:
                pairs.setdefault((min(one, other), max(one, other)), reason)
    now = timezone.now()
    Double.objects.bulk_create(
        [Double(first_id=a, second_id=b, reason=why, seen_at=now) for (a, b), why in pairs.items()],
        update_conflicts=True,
        unique_fields=["first_id", "second_id"],
        update_fields=["reason", "seen_at"],
    )


def _write_names(behind: int, last: int) -> None:
    rows = Contact.objects.filter(pk__gt=behind, pk__lte=last).exclude(postcode="")
    wanted = {
        pk: name_key(text)
        for pk, given, family, code in rows.values_list(
            "pk", "given_name", "family_name", "postcode"
        )
        if (text := likeness(f"{given} {family}", code))
    }
    here = NameKey.objects.filter(contact_id__gt=behind, contact_id__lte=last)
    known = dict(here.values_list("contact_id", "key"))
    NameKey.objects.filter(contact_id__in=known.keys() - wanted.keys()).delete()
    NameKey.objects.bulk_create(
        [NameKey(contact_id=pk, key=key) for pk, key in wanted.items() if known.get(pk) != key],
        update_conflicts=True,
        unique_fields=["contact_id"],
        update_fields=["key"],
    )


def _of_one_mailbox(here: QuerySet[Contact]) -> Partners:
    earlier = Contact.objects.filter(
        ~_said_different("pk"), person_key=OuterRef("person_key"), pk__lt=OuterRef("pk")
    )
    # By a sum: PostgreSQL would else walk all ids downwards instead of asking for the key.
    nearest = earlier.order_by((F("pk") + 0).desc()).values("pk")[:1]
    return here.exclude(person_key="").values_list("pk", Subquery(nearest))


def _of_one_address(here: QuerySet[Contact]) -> Partners:
    owners = OtherAddress.objects.filter(
        ~_said_different("contact"), address_key=OuterRef("address_key")
    ).exclude(contact=OuterRef("pk"))
    return here.values_list("pk", Subquery(owners.values("contact")[:1]))


def _of_one_name(here: QuerySet[NameKey]) -> Partners:
    earlier = NameKey.objects.filter(
        ~_said_different("contact_id"), key=OuterRef("key"), contact_id__lt=OuterRef("contact_id")
    )
    nearest = earlier.order_by("-contact_id").values("contact_id")[:1]
    return here.values_list("pk", Subquery(nearest))


def _said_different(partner: str) -> Exists:
    """Whether the ``partner`` of the inner row is another person than the outer one."""
    one, other = OuterRef(partner), OuterRef(OuterRef("pk"))
    return Exists(Different.objects.filter(Q(first=one, second=other) | Q(first=other, second=one)))
