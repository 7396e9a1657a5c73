"""When a digest goes out: its weekday and hour on the clocks of its zone."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from newsletters import local_times
from newsletters.models import Digest, DigestFrequency

# Wide enough to hold two first weekdays of a month on either side.
AROUND = 63


def last_hour(digest: Digest, now: datetime) -> datetime:
    """The newest hour of ``digest`` that has come at ``now``, whoever was asleep then."""
    return max(hour for hour in _hours(digest, now) if hour <= now)


def next_hour(digest: Digest, now: datetime) -> datetime:
    """The first hour of ``digest`` after ``now``."""
    return min(hour for hour in _hours(digest, now) if hour > now)


def _hours(digest: Digest, now: datetime) -> Iterator[datetime]:
    """Each day gives one hour, on the two odd nights of the year too (``local_times.read``)."""
    today = local_times.show(now, digest.time_zone).date()
    for away in range(-AROUND, AROUND + 1):
        day = today + timedelta(days=away)
        if _is_day(digest, day):
            typed = datetime.combine(day, time(digest.hour))
            yield local_times.read(typed, digest.time_zone).at


def _is_day(digest: Digest, day: date) -> bool:
    """Its weekday; for a monthly digest only the first one of the month."""
    first = day.day <= 7 or digest.frequency == DigestFrequency.WEEKLY
    return first and day.weekday() == digest.weekday
