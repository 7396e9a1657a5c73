"""Typed times on ordinary days and on the two odd nights."""

from datetime import UTC, datetime

import pytest

from newsletters import local_times
from newsletters.errors import MailingRefused


@pytest.mark.parametrize(
    ("typed", "zone", "utc", "note"),
    [
        ("2027-01-12T09:00", "Europe/Vienna", "2027-01-12T08:00", ""),
        ("2027-07-13T09:00", "Europe/Vienna", "2027-07-13T07:00", ""),
        ("2027-07-13T09:00", "Asia/Kolkata", "2027-07-13T03:30", ""),
        # The clocks go from 02:00 to 03:00.
        ("2027-03-28T02:30", "Europe/Vienna", "2027-03-28T01:30", "03:30"),
        # 02:30 comes at 00:30 UTC and again at 01:30 UTC.
        ("2027-10-31T02:30", "Europe/Vienna", "2027-10-31T00:30", "first time"),
        ("2027-10-31T03:30", "Europe/Vienna", "2027-10-31T02:30", ""),
    ],
)
def test_a_typed_time_is_one_instant(typed, zone, utc, note):
    moment = local_times.read(datetime.fromisoformat(typed), zone)
    assert moment.at == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert (moment.local, moment.zone) == (typed, zone)
    assert note in moment.note if note else moment.note == ""


def test_an_unknown_zone_is_refused():
    with pytest.raises(MailingRefused):
        local_times.read(datetime(2027, 1, 1, 9), "Karsh/Orrin")  # noqa: DTZ001  # typed, no zone
