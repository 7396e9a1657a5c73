"""Allowances: what is left of a limit in this hour or day (UTC), with any number of processes.

Every change is one conditional update, so a limit is never passed; a loser looks again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from newsletters.models import Allowance

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Nobody asks for them any more.
KEPT = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` in the hour or day that ``began_at``."""

    key: str
    began_at: datetime
    most: int


def hour_of(at: datetime) -> datetime:
    """The beginning of its hour."""
    return at.replace(minute=0, second=0, microsecond=0)


def day_of(at: datetime) -> datetime:
    """The beginning of its day (UTC)."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def used(limits: Iterable[Limit]) -> dict[str, int]:
    """How much of each limit is used up, by key."""
    limits = list(limits)
    rows = Allowance.objects.filter(
        key__in={limit.key for limit in limits}, began_at__in={limit.began_at for limit in limits}
    )
    found = {(row.key, row.began_at): row.used for row in rows}
    return {limit.key: found.get((limit.key, limit.began_at), 0) for limit in limits}


def room(limits: Iterable[Limit]) -> int | None:
    """How many may still go under all ``limits``; None when there is no limit. Promises nothing."""
    limits = list(limits)
    if not limits:
        return None
    gone = used(limits)
    return max(0, min(limit.most - gone[limit.key] for limit in limits))


def reserve(limits: Iterable[Limit], count: int) -> bool:
    """Take ``count`` from every one of ``limits``. False when one has not so much left.

    Runs in the caller's transaction; after a False the caller rolls it back.
    """
    for limit in sorted(limits, key=lambda limit: limit.key):
        mine = Allowance.objects.filter(key=limit.key, began_at=limit.began_at)
        within = mine.filter(used__lte=limit.most - count)
        if within.update(used=F("used") + count):
            continue
        _row, is_new = Allowance.objects.get_or_create(key=limit.key, began_at=limit.began_at)
        if not is_new or not within.update(used=F("used") + count):
            return False
    return True


@transaction.atomic
def give_back(spans: Iterable[tuple[str, datetime]], count: int) -> None:
    """Return ``count`` that were reserved and not used to each (key, beginning)."""
    for key, began_at in sorted(spans):
        mine = Allowance.objects.filter(key=key, began_at=began_at, used__gte=count)
        mine.update(used=F("used") - count)


def forget(now: datetime) -> int:
    """Remove what is older than a week. Returns how many rows."""
    return Allowance.objects.filter(began_at__lt=now - KEPT).delete()[0]
