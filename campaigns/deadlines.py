"""Until when one may write: the end of a day somewhere on earth. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# The furthest a zone's day lies from the day in UTC.
_WIDEST = timedelta(hours=14)


def ends_at(write_until: date, zone: str) -> datetime:
    """The first moment after that day in ``zone``, also when the clocks change."""
    return datetime.combine(write_until + timedelta(days=1), time.min, tzinfo=ZoneInfo(zone))


def today_in(zone: str, now: datetime) -> date:
    """The day it is in ``zone`` at ``now``."""
    return now.astimezone(ZoneInfo(zone)).date()


def days_left(write_until: date, zone: str, now: datetime) -> int:
    """Days after today on which one may still write; 0 on the last day, negative afterwards."""
    return (write_until - today_in(zone, now)).days


def latest_day_that_may_be_over(now: datetime) -> date:
    """No zone has finished a later day than this one at ``now``."""
    return (now + _WIDEST).date()
