"""Windows and clocks: no mail leaves when the clock on the wall shows another time."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from newsletters.models import Contact, Delivery, Mailing
from newsletters.sending import claims
from newsletters.sending.claims import Owner
from newsletters.services import expansion, windows
from newsletters.services.windows import Window
from newsletters.states import Clock, DeliveryState, Lane, MailingState
from tests.stories import half_sent

OWNER = Owner("worker", "host")
OFFICE = Window(time(9), time(17), 0b0011111)
NIGHTS = [
    ("Europe/Vienna", "2027-03-28"),
    ("Europe/Vienna", "2026-10-25"),
    ("America/New_York", "2027-03-14"),
    ("America/New_York", "2026-11-01"),
]


def at(text: str, zone: str = "UTC") -> datetime:
    """An instant, as the clocks of ``zone`` show it."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        ("2026-11-24T08:59:59", "2026-11-24T09:00"),
        ("2026-11-24T09:00", "2026-11-24T09:00"),
        ("2026-11-24T16:59:59", "2026-11-24T16:59:59"),
        ("2026-11-24T17:00", "2026-11-25T09:00"),
        # Friday evening waits for Monday.
        ("2026-11-27T17:00", "2026-11-30T09:00"),
    ],
)
def test_a_window_opens_and_closes_by_the_clock_of_its_zone(asked: str, opens: str) -> None:
    for zone in ("Europe/Vienna", "Asia/Kathmandu", "America/New_York"):
        found = windows.opening(OFFICE, zone, at(asked, zone))
        assert found == at(opens, zone)
        assert windows.is_open(OFFICE, zone, at(asked, zone)) == (asked == opens[: len(asked)])


def test_a_window_past_midnight_belongs_to_the_day_it_began_on() -> None:
    friday_night = Window(time(22), time(2), 0b0010000)
    assert windows.is_open(friday_night, "UTC", at("2026-11-27T23:00"))
    assert windows.is_open(friday_night, "UTC", at("2026-11-28T01:59"))
    assert not windows.is_open(friday_night, "UTC", at("2026-11-28T02:00"))
    assert not windows.is_open(friday_night, "UTC", at("2026-11-27T01:00"))
    assert windows.opening(friday_night, "UTC", at("2026-11-28T03:00")) == at("2026-12-04T22:00")


@pytest.mark.parametrize(("zone", "night"), NIGHTS)
def test_on_the_odd_nights_the_wall_decides(zone: str, night: str) -> None:
    """Minute by minute over two days: open exactly while the wall shows an hour of the window."""
    start = at(night, zone).astimezone(UTC) - timedelta(hours=12)
    for window in (Window(time(1), time(2, 30)), Window(time(2, 15), time(4)), OFFICE):
        for minute in range(0, 48 * 60, 5):
            moment = start + timedelta(minutes=minute)
            opens = windows.opening(window, zone, moment)
            assert opens >= moment
            wall = opens.astimezone(ZoneInfo(zone)).time()
            assert window.begin <= wall < window.end
            assert windows.is_open(window, zone, moment) == (opens == moment)


@given(
    begin=st.times(),
    end=st.times(),
    days=st.integers(1, 127),
    zone=st.sampled_from(["Europe/Vienna", "America/New_York", "Asia/Tehran", "Pacific/Apia"]),
    moment=st.integers(0, 730 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
)
def test_whatever_was_typed_the_next_opening_is_open(
    begin: time, end: time, days: int, zone: str, moment: datetime
) -> None:
    window = Window(begin.replace(second=0, microsecond=0), end.replace(second=0), days)
    opens = windows.opening(window, zone, moment)
    assert opens >= moment
    assert windows.is_open(window, zone, opens)


# In the ledger -------------------------------------------------------------------
def windowed(count: int, **changes: object) -> Mailing:
    """A mailing in SENDING whose mails may leave from 9 to 17."""
    mailing = half_sent(count)
    Delivery.objects.update(due_at=datetime(2026, 11, 1, tzinfo=UTC))
    Mailing.objects.filter(pk=mailing.pk).update(
        window_from=time(9), window_to=time(17), scheduled_zone="Europe/Vienna", **changes
    )
    mailing.refresh_from_db()
    return mailing


def live_in(*zones: str) -> None:
    """The people of the story live in these places, one after the other."""
    for person, zone in zip(Contact.objects.order_by("pk"), zones, strict=True):
        Contact.objects.filter(pk=person.pk).update(time_zone=zone)


def taken() -> list[str]:
    """Addresses claimed now; given back at once."""
    found = claims.take(Lane.BULK, OWNER)
    if found is None:
        return []
    claims.release(found.claim)
    return [row.address for row in found.rows]


@pytest.mark.django_db
def test_by_our_clock_a_mailing_waits_until_its_window_opens() -> None:
    windowed(2)
    with time_machine.travel(at("2026-11-24T08:59:50", "Europe/Vienna"), tick=False) as clock:
        assert taken() == []
        clock.move_to(at("2026-11-24T09:00", "Europe/Vienna"))
        assert len(taken()) == 2
        clock.move_to(at("2026-11-24T16:59:59", "Europe/Vienna"))
        assert taken() == [], "a mail begun now could end after five"


@pytest.mark.django_db
def test_a_window_that_closes_stops_what_is_already_claimed() -> None:
    mailing = windowed(2)
    with time_machine.travel(at("2026-11-24T16:00", "Europe/Vienna"), tick=False) as clock:
        held = claims.take(Lane.BULK, OWNER)
        assert held is not None
        assert claims.stopped([held.claim], {mailing.pk}) == (set(), set())
        clock.move_to(at("2026-11-24T16:59:59", "Europe/Vienna"))
        assert claims.stopped([held.claim], {mailing.pk}) == (set(), {mailing.pk})


@pytest.mark.django_db
def test_by_the_readers_clocks_each_waits_for_her_own_morning() -> None:
    mailing = windowed(4, clock=Clock.READER)
    live_in("Asia/Tokyo", "Europe/Vienna", "America/New_York", "Mars/Olympus")
    with time_machine.travel(at("2026-11-24T09:30", "Asia/Tokyo"), tick=False) as clock:
        assert taken() == ["p0@example.org"]
        due = dict(Delivery.objects.values_list("address", "due_at"))
        assert due["p1@example.org"] == at("2026-11-24T09:00", "Europe/Vienna")
        assert due["p2@example.org"] == at("2026-11-24T09:00", "America/New_York")
        assert due["p3@example.org"] == due["p1@example.org"], "a zone nobody knows is ours"
        clock.move_to(at("2026-11-24T15:30", "Europe/Vienna"))
        assert taken() == ["p1@example.org", "p3@example.org", "p2@example.org"]
        held = claims.take(Lane.BULK, OWNER)
        assert held is not None
        clock.move_to(at("2026-11-24T17:30", "Europe/Vienna"))
        skipped, halted = claims.stopped([held.claim], {mailing.pk})
        assert halted == set()
        assert {row.address for row in held.rows if row.pk in skipped} == {
            "p1@example.org",
            "p3@example.org",
        }


@pytest.mark.django_db
def test_rows_whose_window_is_closed_are_put_off_many_at_a_time() -> None:
    windowed(450, clock=Clock.READER)
    with time_machine.travel(at("2026-11-24T18:00", "Europe/Vienna"), tick=False):
        assert taken() == []
        assert taken() == []
        assert set(Delivery.objects.values_list("due_at", flat=True)) == {
            at("2026-11-25T09:00", "Europe/Vienna")
        }


@pytest.mark.django_db
def test_a_list_made_for_the_readers_mornings_is_due_in_each_of_them() -> None:
    mailing = half_sent(4)
    Delivery.objects.all().delete()
    Mailing.objects.filter(pk=mailing.pk).update(
        state=MailingState.EXPANDING,
        clock=Clock.READER,
        scheduled_local="2027-03-30T09:00",
        scheduled_zone="Europe/Vienna",
        started_at=None,
    )
    live_in("Asia/Tokyo", "", "America/New_York", "Mars/Olympus")
    with time_machine.travel(at("2027-03-30T09:00", "Asia/Tokyo"), tick=False):
        expansion.expand(mailing_id=mailing.pk)
        due = dict(Delivery.objects.values_list("address", "due_at"))
    assert due == {
        "p0@example.org": at("2027-03-30T09:00", "Asia/Tokyo"),
        "p1@example.org": at("2027-03-30T09:00", "Europe/Vienna"),
        "p2@example.org": at("2027-03-30T09:00", "America/New_York"),
        "p3@example.org": at("2027-03-30T09:00", "Europe/Vienna"),
    }
    moments = sorted(set(due.values()))
    for earlier, later in pairwise(moments):
        with time_machine.travel(later - timedelta(seconds=1), tick=False):
            assert {row for row, moment in due.items() if moment <= earlier} == set(taken())


@pytest.mark.django_db
def test_a_mail_held_back_for_days_does_not_expire_before_its_first_try() -> None:
    mailing = windowed(1)
    row = Delivery.objects.get()
    Delivery.objects.update(deadline_at=at("2026-11-23T00:00"))
    with time_machine.travel(at("2026-11-24T10:00"), tick=False) as clock:
        held = claims.take(Lane.BULK, OWNER)
        assert held is not None
        row.refresh_from_db()
        assert row.deadline_at == at("2026-11-24T10:00") + timedelta(hours=mailing.deadline_hours)
        # Tried once and put back by the relay: from now on the deadline counts.
        Delivery.objects.update(state=DeliveryState.READY, claim=None)
        clock.move_to(at("2026-11-27T10:00"))
        assert taken() == []
        row.refresh_from_db()
        assert row.state == DeliveryState.SKIPPED
