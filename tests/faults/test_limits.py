"""Relays and domains that take only so much: everybody gets it, nobody twice, nobody else waits."""

import time
from collections.abc import Callable

import pytest
from django.utils import timezone
from pytest_django import Settings

from newsletters.models import Delivery, Mailing, Suppression, Transport
from newsletters.sending import engine, pace
from newsletters.states import DeliveryState, Lane, TransportState
from tests.faults.arena import delivered, twice
from tests.infra.sink_script import Limit, Rule
from tests.sink import Sink
from tests.stories import half_sent, states

CONNECTIONS = 4
SLOW = "slow.example"
# Another one: what was learned of a domain stays with the process.
TAR = "tar.example"

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def relay(smtp_sink: Sink, settings: Settings) -> Sink:
    """The mail goes to the sink."""
    settings.MAIL_URL = f"smtp://127.0.0.1:{smtp_sink.port}?tls=none"
    settings.MAIL_CONNECTIONS = CONNECTIONS
    return smtp_sink


def mixed(others: int, slow: int, domain: str) -> Mailing:
    """A mailing to so many people and, spread among them, so many at ``domain``."""
    mailing = half_sent(others + slow)
    ids = list(Delivery.objects.order_by("pk").values_list("pk", flat=True))
    chosen = ids[:: len(ids) // slow][:slow]
    for row in Delivery.objects.filter(pk__in=chosen):
        address = row.address.replace("example.org", domain)
        Delivery.objects.filter(pk=row.pk).update(address=address)
    return mailing


def send_until(over: Callable[[], bool]) -> None:
    """What the ticks do, until it is over; the rest after a refusal is over at once.

    A relay or a domain that is only slow is no trouble: nothing rests.
    """
    until = time.monotonic() + 40
    while not over():
        assert time.monotonic() < until, "not within 40 seconds"
        sent = engine.run(Lane.BULK)
        assert not Transport.objects.filter(state=TransportState.PAUSED).exists()
        if not sent:
            refused = Delivery.objects.filter(state=DeliveryState.READY).exclude(last_code="")
            if not refused.update(due_at=timezone.now()):
                time.sleep(0.1)


def send_everything(relay: Sink, mailing: Mailing) -> None:
    """Everybody has it, once, and nobody is blamed."""
    send_until(lambda: set(states(mailing)) == {DeliveryState.ACCEPTED})
    assert len(delivered(relay)) == states(mailing)[DeliveryState.ACCEPTED]
    assert twice(relay) == {}
    assert not Suppression.objects.exists()


def test_a_relay_that_takes_a_hundred_mails_a_session_gets_all_of_them(relay: Sink) -> None:
    relay.script.messages_per_session = 100
    send_everything(relay, half_sent(950))
    assert relay.sessions >= 10


# The longest goes on for a while after the pace is learned.
@pytest.mark.parametrize(("code", "people"), [(421, 160), (451, 400), (452, 160)])
def test_a_relay_that_takes_so_many_a_second_gets_all_of_them(
    relay: Sink, code: int, people: int
) -> None:
    relay.script.limits = [Limit(per_second=40, code=code)]
    send_everything(relay, half_sent(people))


def test_a_relay_that_takes_ten_a_second_on_each_connection_gets_all_of_them(relay: Sink) -> None:
    relay.script.messages_per_second = 10
    send_everything(relay, half_sent(80))


def test_a_domain_that_asks_to_slow_down_makes_nobody_else_wait(relay: Sink) -> None:
    limit = Limit(per_second=10, domain=SLOW)
    relay.script.limits = [limit]
    mailing = mixed(300, 30, SLOW)
    others = Delivery.objects.exclude(address__endswith=SLOW)
    send_until(lambda: not others.exclude(state=DeliveryState.ACCEPTED).exists())
    assert limit.taken < 30, "the others were not made to wait for the last of it"
    send_everything(relay, mailing)


def test_a_domain_in_tar_holds_no_more_than_one_connection_in_four(
    relay: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What counts as tar, in miniature.
    monkeypatch.setattr(pace, "TARPIT_SECONDS", 0.2)
    tar = Rule(phase="rcpt", domain=TAR, delay=0.4)
    relay.script.rules = [tar]
    mailing = mixed(1000, 12, TAR)
    send_everything(relay, mailing)
    assert tar.most_waiting <= CONNECTIONS // 4
