"""kill -9 and SIGTERM, again and again: nobody is lost, and the few in doubt are named."""

import os
import random
import signal
import time

import pytest

from newsletters.states import DeliveryState
from tests.faults.arena import CONNECTIONS, Arena, Rig, check, twice
from tests.faults.conftest import MANY, RECIPIENTS, Sending
from tests.infra.processes import Program, wait_until
from worker.doorbell import Job

KILLS = 3
# A lease in miniature: claims.LEASE, feed.SAFE_SECONDS and engine.RENEW_SECONDS, each by 30.
SHORT_LEASE = {
    "newsletters.sending.claims:LEASE": 4.0,
    "newsletters.sending.feed:SAFE_SECONDS": 3.0,
    "newsletters.sending.engine:RENEW_SECONDS": 1.0,
}

pytestmark = [pytest.mark.faults, pytest.mark.redis]


def test_killing_the_worker_loses_nobody_and_names_every_doubt(
    sending: Sending, dice: random.Random
) -> None:
    # Slow enough that each kill meets the send in full swing.
    with sending(count=MANY) as arena, arena.hurry():
        arena.start_worker()
        kill_and_go_on(arena, dice)


def test_killing_the_worker_while_the_broker_forgets_everything_loses_nobody(
    sending: Sending, dice: random.Random
) -> None:
    with sending(count=MANY) as arena, arena.flush(), arena.hurry():
        arena.start_worker()
        kill_and_go_on(arena, dice)


def kill_and_go_on(arena: Arena, dice: random.Random) -> None:
    """kill -9 several times, spread over the whole send; a new worker starts at once."""
    for _ in range(KILLS):
        arena.wait_for_mails(dice.randrange(MANY // 10, MANY // (KILLS + 1)))
        arena.worker.kill()
        arena.start_worker()
    ledger = arena.wait_for_end()
    check(arena, ledger, doubts=CONNECTIONS * KILLS)


def test_a_rolling_restart_leaves_no_doubt(sending: Sending, dice: random.Random) -> None:
    with sending(delay=0.02) as arena, arena.hurry():
        old = arena.start_worker()
        for _ in range(KILLS):
            arena.wait_for_mails(dice.randrange(50, RECIPIENTS // (KILLS + 1)))
            new = arena.start_worker()
            assert old.stop() == 0
            old = new
        check(arena, arena.wait_for_end(), doubts=0)


def test_everything_killed_at_once_goes_on_where_it_was(
    sending: Sending, dice: random.Random
) -> None:
    with sending() as arena:
        arena.start_everything()
        arena.start_web()
        arena.wait_for_mails(dice.randrange(150, 700))
        arena.close()
        arena.start_everything()
        check(arena, arena.wait_for_end(), doubts=CONNECTIONS)


def test_a_worker_frozen_for_longer_than_its_lease_sends_and_writes_nothing_when_it_wakes(
    sending: Sending, dice: random.Random
) -> None:
    with sending(delay=0.01) as arena:
        frozen = arena.start_worker(Rig(constants=SHORT_LEASE))
        arena.ring(Job.SEND_BULK)
        arena.wait_for_mails(dice.randrange(100, 500))
        freeze(arena, frozen, dice)
        arena.start_worker()
        with arena.hurry():
            ledger = arena.wait_for_end()
            check(arena, ledger, doubts=CONNECTIONS)
            # Those in doubt get it once more when their ten minutes are over.
            doubts = ledger.at(DeliveryState.UNSURE)
            arena.books.end_rest()
            wait_until(lambda: arena.books.read().is_done, seconds=30, what="the second try")
        done, taken = arena.books.read(), len(arena.sink.accepted())
        os.killpg(frozen.process.pid, signal.SIGCONT)
        # Five looks of the engine; it would have sent a hundred mails in that time.
        time.sleep(2)
        assert frozen.stop() == 0
        assert len(arena.sink.accepted()) == taken
        assert set(twice(arena.sink)) <= doubts
        assert arena.books.read() == done


def freeze(arena: Arena, worker: Program, dice: random.Random) -> None:
    """SIGSTOP it between two transactions: what it holds in one, nobody else can have."""
    for _ in range(20):
        os.killpg(worker.process.pid, signal.SIGSTOP)
        if not arena.books.is_held():
            return
        os.killpg(worker.process.pid, signal.SIGCONT)
        time.sleep(dice.uniform(0.01, 0.1))
    raise AssertionError("it was writing each time")
