"""The clock on the wall is set an hour on and back while a mailing goes out."""

import time
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from newsletters.models import Claim, Delivery
from newsletters.sending import claims, engine, sweeper
from newsletters.sending.replies import ACCEPTED
from newsletters.services import mailings
from newsletters.states import DeliveryState, Lane
from tests.infra.processes import wait_until
from tests.newsletters.sending.crew import Connection
from tests.newsletters.sending.underway import sending
from tests.sink import Sink
from tests.stories import half_sent, states

pytestmark = pytest.mark.django_db(transaction=True)


def jump(hours: int) -> time_machine.travel:
    """The clock is set, and goes on from there."""
    return time_machine.travel(timezone.now() + timedelta(hours=hours), tick=True)


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_is_set_during_the_send_doubles_nothing(
    hours: int,
    relay: Sink,
    settings: Settings,
) -> None:
    mailing = half_sent(150)
    later = timezone.now() + timedelta(minutes=30)
    waiting = Delivery.objects.filter(address="p149@example.org")
    waiting.update(due_at=later)
    sweeper.sweep()
    with sending(relay, seconds_a_mail=0.02):
        wait_until(lambda: len(relay.accepted()) > 10, seconds=20, what="the first mails")
        with jump(hours):
            for _tick in range(5):
                assert sweeper.sweep() == 0
                sweeper.resend_unsure()
                mailings.start_due()
                time.sleep(0.2)
            wait_until(lambda: len(relay.accepted()) > 60, seconds=20, what="more mails")
        sweeper.sweep()
    counted = Counter(address for _, address in relay.accepted())
    assert set(counted.values()) == {1}
    assert states(mailing).get(DeliveryState.UNSURE, 0) == 0
    assert len(counted) >= 149
    # Only a clock that is ahead can make it leave before its hour.
    assert hours > 0 or "p149@example.org" not in counted
    assert not Claim.objects.exists()


def test_a_worker_that_lives_has_time_to_renew_before_a_jumped_clock_ends_its_lease() -> None:
    mailing = half_sent(3)
    worker = Connection()
    worker.take()
    assert sweeper.sweep() == 0
    with jump(1):
        assert sweeper.sweep() == 0
        worker.renew()
        assert not worker.halted
    assert states(mailing) == {DeliveryState.CLAIMED: 3}


def test_a_worker_that_died_is_settled_whatever_the_clock_says() -> None:
    mailing = half_sent(3)
    worker = Connection()
    worker.take()
    worker.begin()
    sweeper.sweep()
    worker.die()
    with jump(-1):
        assert sweeper.sweep() == 1
    assert states(mailing) == {DeliveryState.READY: 2, DeliveryState.UNSURE: 1}


def test_after_the_rest_a_lease_that_is_over_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    half_sent(3)
    Connection().take()
    sweeper.sweep()
    monkeypatch.setattr(sweeper, "RENEWAL_REST", 0.0)
    with jump(1):
        assert sweeper.sweep() == 1


def test_a_late_acceptance_counts_while_nobody_else_has_the_row_in_hand() -> None:
    mailing = half_sent(1)
    worker = Connection()
    worker.take()
    worker.begin()
    # Its lease is taken away while the relay answers.
    assert worker.feed is not None
    claims.release(worker.feed.claim)
    worker.answer(ACCEPTED)
    worker.write()
    assert states(mailing) == {DeliveryState.ACCEPTED: 1}
    assert engine.run(Lane.BULK) == 0
