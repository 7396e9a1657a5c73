"""The throttle of a mailing: at most so many an hour, without more than a minute's worth at once.

The generic cell rate algorithm: ``Mailing.next_at`` is the moment at which everything
planned so far is through. Every change is a conditional update of that one column.
"""

from datetime import datetime, timedelta

from django.db.models import F

from newsletters.models import Mailing

HOUR = timedelta(hours=1)
BURST = timedelta(minutes=1)
# What is handed out at once is worth the trouble: as much as becomes free until the next tick.
TICK = timedelta(seconds=5)


def grant(mailing: Mailing, now: datetime) -> int | None:
    """How many may go now; 0 until it is worth a claim; None when nothing is throttled."""
    if not mailing.per_hour:
        return None
    gap = HOUR / mailing.per_hour
    free = now + max(BURST, gap) - max(now, mailing.next_at or now)
    worth = max(1, int(TICK / gap))
    count = int(free / gap)
    return count if count >= worth else 0


def use(mailing: Mailing, count: int, now: datetime) -> bool:
    """Plan ``count`` more. False when somebody else planned since ``mailing`` was read."""
    if not mailing.per_hour:
        return True
    planned = max(now, mailing.next_at or now) + count * (HOUR / mailing.per_hour)
    mine = Mailing.objects.filter(pk=mailing.pk, next_at=mailing.next_at)
    return mine.update(next_at=planned) == 1


def give_back(mailing: Mailing, count: int) -> None:
    """``count`` that were planned did not go."""
    if mailing.per_hour:
        mine = Mailing.objects.filter(pk=mailing.pk, next_at__isnull=False)
        mine.update(next_at=F("next_at") - count * (HOUR / mailing.per_hour))
