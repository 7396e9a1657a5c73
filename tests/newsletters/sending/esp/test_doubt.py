"""A worker that dies, a mailing that is paused, a mail in doubt that is sent again: providers."""

import asyncio
import os
import threading
from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from newsletters.models import Claim, Delivery, Mailing
from newsletters.sending import claims, engine, sweeper, transports
from newsletters.sending.claims import Owner
from newsletters.sending.esp import session
from newsletters.sending.esp.session import PROVIDERS, ProviderSession
from newsletters.sending.feed import Feed
from newsletters.sending.journal import Journal
from newsletters.sending.letters import Typist
from newsletters.sending.pace import Pace
from newsletters.services import mailings
from newsletters.states import DoubtPolicy, Lane
from tests.infra.provider import Provider, Trouble, serving
from tests.infra.providers import APIS
from tests.newsletters.sending.esp.situations import ACCEPTED, READY, UNSURE, every, use
from tests.stories import half_sent, states

pytestmark = pytest.mark.django_db(transaction=True)


def die_in_the_first_call(provider: Provider) -> None:
    """A worker claims, calls, and is gone before the provider has answered."""
    provider.next.append(Trouble.STALL)
    journal, typist = Journal(), Typist()
    taken = claims.take(Lane.BULK, Owner(journal.worker, journal.host))
    assert taken is not None
    typist.prepare(taken)
    feed = Feed(taken, journal, typist.make, lambda _mark: None, Pace(by_domain=False))

    async def call() -> None:
        way = ProviderSession(PROVIDERS[provider.api.name])
        await way.open()
        task = asyncio.ensure_future(way.run(feed))
        assert await asyncio.to_thread(provider.taking.wait, 10)
        task.cancel()
        provider.released.set()

    asyncio.run(call())
    # The kernel closes the file, and with it the lock goes.
    os.close(journal._file)


def everything_is_due(mailing: Mailing) -> None:
    """The ten minutes are over, for rows and for the transport."""
    mailing.deliveries.update(due_at=timezone.now())
    transports.note_success()


@every
def test_a_worker_killed_in_a_call_leaves_its_mails_unsure_and_nobody_else(
    settings: Settings, name: str
) -> None:
    with serving(APIS[name]) as provider:
        use(settings, provider)
        size = provider.api.size
        mailing = half_sent(size + 5)
        die_in_the_first_call(provider)
        assert sweeper.sweep() == 1
        assert states(mailing) == {UNSURE: size, READY: 5}
        unsure = Delivery.objects.filter(state=UNSURE)
        assert {row.address for row in unsure} == set(provider.copies()), "those it has taken"
        assert not Claim.objects.exists()
        everything_is_due(mailing)
        assert engine.run(Lane.BULK) == 5
        assert provider.copies() == Counter(f"p{n}@example.org" for n in range(size + 5))


@every
def test_a_mail_in_doubt_is_sent_again_once_and_a_key_spares_the_second_copy(
    settings: Settings, name: str
) -> None:
    with serving(APIS[name]) as provider:
        use(settings, provider)
        mailing = half_sent(3)
        die_in_the_first_call(provider)
        sweeper.sweep()
        first = set(provider.copies())
        everything_is_due(mailing)
        assert sweeper.resend_unsure() == len(first)
        engine.run(Lane.BULK)
        assert states(mailing) == {ACCEPTED: 3}
        twice = {address for address, copies in provider.copies().items() if copies > 1}
        assert twice == (set() if provider.api.knows_keys else first)
        again = [letter for letter in provider.taken if letter.to in twice]
        assert len({(letter.to, letter.text, letter.html) for letter in again}) == len(twice)


def test_never_twice_is_never_twice(settings: Settings) -> None:
    with serving(APIS["postmark"]) as provider:
        use(settings, provider)
        mailing = half_sent(3, doubt=DoubtPolicy.HOLD)
        die_in_the_first_call(provider)
        sweeper.sweep()
        everything_is_due(mailing)
        assert sweeper.resend_unsure() == 0
        engine.run(Lane.BULK)
        assert states(mailing) == {UNSURE: 3}
        assert set(provider.copies().values()) == {1}


def test_a_lost_call_is_not_repeated_after_a_pause(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "REPEATS", (1.0, 0.1))
    with serving(APIS["resend"]) as provider:
        use(settings, provider)
        provider.next.append(Trouble.CUT_AFTER)
        mailing = half_sent(3)
        sender = threading.Thread(target=run_and_hang_up)
        sender.start()
        assert provider.taking.wait(10)
        mailings.pause(mailing=mailing, reason="a wrong date")
        sender.join(10)
        assert not sender.is_alive()
        assert provider.asked == 1
        assert states(mailing) == {UNSURE: 3}


def run_and_hang_up() -> None:
    """A worker's thread: its connection to the database ends with it."""
    engine.run(Lane.BULK)
    connection.close()


def test_a_pause_stops_before_the_next_call(settings: Settings) -> None:
    with serving(APIS["mailgun"]) as provider:
        use(settings, provider)
        provider.slow = 0.1
        mailing = half_sent(40)
        sender = threading.Thread(target=run_and_hang_up)
        sender.start()
        assert provider.taking.wait(10)
        mailings.pause(mailing=mailing, reason="a wrong date")
        sender.join(10)
        assert not sender.is_alive()
        sent = len(provider.taken)
        assert sent < 15
        assert states(mailing) == {ACCEPTED: sent, READY: 40 - sent}
