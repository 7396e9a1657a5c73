"""Slots under a limit a second: together nobody passes it, and confirmations get the next ones."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import close_old_connections, connection
from django.utils import timezone

from newsletters.models import Transport
from newsletters.services import slots
from newsletters.services.slots import AHEAD, BEHIND, SPAN
from newsletters.states import Lane

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def take(row: Transport, lane: Lane = Lane.BULK, wanted: int = 1000) -> slots.Slots:
    """Ask for slots of twenty a second."""
    return slots.take(transport=row.pk, lane=lane, per_second=20, wanted=wanted)


@pytest.mark.django_db
def test_a_mailing_gets_a_little_ahead_and_a_confirmation_the_next_slot() -> None:
    row = Transport.objects.create(name="main")
    with time_machine.travel(NOON, tick=False) as clock:
        assert take(row) == (5, 0.0)
        assert take(row) == (5, 0.25)
        assert take(row) == (0, 0.25), "so far ahead nothing is for mailings"
        assert take(row, Lane.NOW, wanted=3) == (3, 0.5), "behind what is given away already"
        assert take(row, Lane.NOW) == (20, 0.65), "a second's worth"
        assert take(row).given == 0
        clock.shift(1.65 - AHEAD.total_seconds())
        assert take(row).given == 5
        clock.shift(10)
        assert take(row) == (5, -BEHIND.total_seconds()), "asking takes a moment"
        clock.move_to(NOON - timedelta(days=1))
        assert take(row) == (5, 0.0), "the clock was set back"


@pytest.mark.django_db
def test_a_slow_relay_has_a_slot_for_one_at_a_time() -> None:
    row = Transport.objects.create(name="main")
    with time_machine.travel(NOON, tick=False):
        for expected in ((1, 0.0), (0, 0.75)):
            found = slots.take(transport=row.pk, lane=Lane.BULK, per_second=1, wanted=50)
            assert found == expected


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_once_never_get_more_than_there_are() -> None:
    row = Transport.objects.create(name="main")
    got: list[int] = []
    gate = threading.Barrier(6)

    def ask() -> None:
        try:
            gate.wait(10)
            got.extend(take(row, Lane.NOW).given for _ in range(3))
        finally:
            connection.close()

    began = timezone.now()
    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    close_old_connections()
    row.refresh_from_db()
    assert row.next_at is not None
    assert sum(got) <= (row.next_at - began + BEHIND).total_seconds() * 20
    assert sum(got) >= SPAN[Lane.NOW] * 20 * 6
