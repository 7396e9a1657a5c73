"""The hour of a digest, on the two odd nights of the year too."""

from datetime import UTC, datetime

import pytest

from newsletters.models import Digest
from newsletters.selectors.digest_hours import last_hour, next_hour


def utc(year, month, day, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def digest(**fields):
    return Digest(**{"weekday": 4, "hour": 9, "time_zone": "Europe/Berlin", **fields})


def test_the_last_hour_has_come_and_the_next_has_not():
    # 2026-11-20 is a Friday; nine in Berlin is eight in UTC.
    weekly = digest()
    assert last_hour(weekly, utc(2026, 11, 20, 7, 59)) == utc(2026, 11, 13, 8)
    assert last_hour(weekly, utc(2026, 11, 20, 8)) == utc(2026, 11, 20, 8)
    assert next_hour(weekly, utc(2026, 11, 20, 8)) == utc(2026, 11, 27, 8)


def test_a_monthly_digest_goes_out_on_the_first_such_day_of_the_month():
    monthly = digest(frequency="monthly")
    assert last_hour(monthly, utc(2026, 11, 20)) == utc(2026, 11, 6, 8)
    assert next_hour(monthly, utc(2026, 11, 20)) == utc(2026, 12, 4, 8)


@pytest.mark.parametrize(
    ("hour", "day", "expected"),
    [
        # The clocks skip two o'clock on 29 March, and show it twice on 25 October.
        (2, (2026, 3, 29), (2026, 3, 29, 1)),
        (2, (2026, 10, 25), (2026, 10, 25, 0)),
    ],
)
def test_an_hour_that_is_missing_or_double_comes_once(hour, day, expected):
    sunday = digest(weekday=6, hour=hour)
    year, month, date = day
    found = {
        last_hour(sunday, utc(year, month, date, hour_of_day, minute))
        for hour_of_day in range(3, 24)
        for minute in (0, 30)
    }
    assert found == {utc(*expected)}
