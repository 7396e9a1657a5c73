"""The last moment one may write."""

from datetime import UTC, date, datetime

import pytest

from campaigns import deadlines


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        (date(2026, 3, 14), "UTC", datetime(2026, 3, 15, 0, 0, tzinfo=UTC)),
        (date(2026, 3, 14), "Pacific/Kiritimati", datetime(2026, 3, 14, 10, 0, tzinfo=UTC)),
        (date(2026, 3, 14), "Etc/GMT+12", datetime(2026, 3, 15, 12, 0, tzinfo=UTC)),
        # The clocks change in the night of the last day, and on the last day.
        (date(2026, 3, 28), "Europe/Vienna", datetime(2026, 3, 28, 23, 0, tzinfo=UTC)),
        (date(2026, 3, 29), "Europe/Vienna", datetime(2026, 3, 29, 22, 0, tzinfo=UTC)),
        (date(2026, 10, 25), "Europe/Vienna", datetime(2026, 10, 25, 23, 0, tzinfo=UTC)),
    ],
)
def test_the_form_ends_at_midnight_there(day, zone, end):
    assert deadlines.ends_at(day, zone).astimezone(UTC) == end


def test_days_left_are_those_of_the_zone():
    now = datetime(2026, 3, 14, 11, 0, tzinfo=UTC)
    assert deadlines.days_left(date(2026, 3, 15), "UTC", now) == 1
    assert deadlines.days_left(date(2026, 3, 15), "Pacific/Kiritimati", now) == 0


def test_no_zone_is_forgotten_when_looking_for_days_that_are_over():
    now = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)
    over = date(2026, 3, 14)
    assert deadlines.ends_at(over, "Pacific/Kiritimati") <= now
    assert over < deadlines.latest_day_that_may_be_over(now)
