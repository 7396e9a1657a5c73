"""A thousand people leave, are forgotten or turn out not to exist while their mails go out."""

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from newsletters.models import Claim, Contact, Delivery, Mailing
from newsletters.sending import engine
from newsletters.services import subscriptions, suppressions
from newsletters.states import DeliveryState, Lane, SkipReason, SuppressionReason
from tests.infra.processes import wait_until
from tests.infra.sink_script import Rule
from tests.infra.sink_session import Message
from tests.sink import Sink
from tests.stories import half_sent, states

pytestmark = pytest.mark.django_db(transaction=True)

READERS = 3000
LEAVERS = 1000
AT_ONCE = 10
PROMISED = 1.0


class Watch(Sink):
    """A relay that looks at the clock when it has taken a mail."""

    def __init__(self, record: Path) -> None:
        super().__init__(record=record)
        self.times: dict[str, list[float]] = {}

    def accept(self, message: Message) -> None:
        """Before the reply, as the record is written."""
        super().accept(message)
        for address in message.recipients:
            self.times.setdefault(address, []).append(time.monotonic())


class Stalls(threading.Thread):
    """How long this machine, busy with other things, lets a thread wait at worst."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.worst = 0.0

    def run(self) -> None:
        while not self.over.is_set():
            began = time.monotonic()
            time.sleep(0.01)
            self.worst = max(self.worst, time.monotonic() - began - 0.01)


@pytest.fixture
def relay(tmp_path: Path, settings: Settings) -> Iterator[Watch]:
    """Four connections to a relay that takes about 130 mails a second."""
    with Watch(tmp_path / "accepted.txt") as sink:
        settings.MAIL_URL = f"smtp://127.0.0.1:{sink.port}?tls=none"
        settings.MAIL_CONNECTIONS = 4
        sink.script.rules = [Rule(phase="dot", delay=0.03)]
        yield sink


def go(person: Contact, dice: random.Random) -> None:
    """One of the three ways out."""
    match dice.randrange(3):
        case 0:
            lists = [row.mailing_list for row in person.subscriptions.all()]
            subscriptions.leave(contact=person, lists=lists, method="one-click")
        case 1:
            person.delete()
        case 2:
            suppressions.suppress(address_key=person.address_key, reason=SuppressionReason.BOUNCED)


def depart(people: list[Contact], dice: random.Random) -> tuple[dict[str, float], set[str]]:
    """Address → when its departure was committed; and those no worker had in its hands then."""
    gone: dict[str, float] = {}
    free: set[str] = set()
    for begin in range(0, len(people), AT_ONCE):
        group = people[begin : begin + AT_ONCE]
        addresses = [person.email for person in group]
        with transaction.atomic():
            # In one order, as every worker takes them.
            rows = list(
                Delivery.objects.select_for_update().filter(address__in=addresses).order_by("pk")
            )
            for person in group:
                go(person, dice)
        now = time.monotonic()
        gone |= dict.fromkeys(addresses, now)
        free |= {row.address for row in rows if row.state == DeliveryState.READY}
    return gone, free


def send(mailing: Mailing) -> None:
    """The engine until nothing is left."""
    try:
        while states(mailing).get(DeliveryState.READY):
            engine.run(Lane.BULK)
    finally:
        connection.close()


def test_who_goes_during_the_send_gets_nothing_a_second_later(relay: Watch) -> None:
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    mailing = half_sent(READERS)
    people = dice.sample(list(Contact.objects.all()), LEAVERS)
    stalls = Stalls()
    stalls.start()
    sender = threading.Thread(target=send, args=[mailing])
    sender.start()
    wait_until(lambda: len(relay.times) > 50, seconds=60, what="the first mails")

    gone, free = depart(people, dice)

    still_to_go = states(mailing).get(DeliveryState.READY, 0)
    # The rest as fast as it may.
    relay.script.rules = []
    sender.join(120)
    stalls.over.set()
    assert not sender.is_alive()
    assert still_to_go, "everybody was gone before the send was over"
    late = {
        address: at - gone[address]
        for address, times in relay.times.items()
        for at in times
        if address in gone and at > gone[address]
    }
    worst = max(late.values(), default=0.0)
    told = f"seed {seed}, {len(late)} late, {worst:.2f} s at worst, stalls {stalls.worst:.2f} s"
    assert worst < PROMISED + stalls.worst, told
    assert not set(late) & free, f"{told}: no worker had them"
    assert max(len(times) for times in relay.times.values()) == 1
    counts = states(mailing)
    assert sum(counts.values()) == READERS
    assert counts[DeliveryState.ACCEPTED] == len(relay.times)
    assert set(counts) == {DeliveryState.ACCEPTED, DeliveryState.SKIPPED}
    reasons = Delivery.objects.filter(state=DeliveryState.SKIPPED).values_list("reason", flat=True)
    assert set(reasons) == {SkipReason.UNSUBSCRIBED, SkipReason.ERASED, SkipReason.SUPPRESSED}
    assert not Claim.objects.exists()
