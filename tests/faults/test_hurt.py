"""What else happens to a worker: a polite stop, a freeze, a database or relay that goes away."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from newsletters.states import DeliveryState
from tests.faults.arena import CONNECTIONS, Arena, Ledger, twice
from tests.infra.databases import Databases, migrate
from tests.infra.postgres import crash, postgres_server, restart
from tests.infra.sink_script import Rule, Script
from tests.sink import Sink

RECIPIENTS = 1200

pytestmark = [pytest.mark.faults, pytest.mark.redis]


@pytest.fixture
def dice() -> random.Random:
    """Luck that can be had again."""
    seed = random.randrange(10**9)
    print(f"seed {seed}")  # noqa: T201  # pytest shows it with a failure
    return random.Random(seed)


@contextmanager
def sending(folder: Path, database: str, broker: str) -> Iterator[Arena]:
    """A send in full swing against a relay slow enough to be met in the middle of it."""
    script = Script(rules=[Rule(phase="dot", delay=0.003)])
    with Sink(record=folder / "accepted.txt", script=script) as sink:
        arena = Arena(folder, database=database, broker=broker, sink=sink)
        try:
            arena.ask("seed", str(RECIPIENTS))
            yield arena
        finally:
            arena.close()


def check(arena: Arena, ledger: Ledger, *, doubts: int) -> None:
    """Nobody is lost, the ledger tells the truth, nobody is written to twice."""
    delivered = {address for _, address in arena.sink.accepted()}
    unsure = ledger.at(DeliveryState.UNSURE)
    accepted = ledger.at(DeliveryState.ACCEPTED)
    assert len(ledger.rows) == RECIPIENTS
    assert accepted | unsure == set(ledger.rows), "a row is neither accepted nor in doubt"
    assert accepted <= delivered <= accepted | unsure
    assert len(unsure) <= doubts
    assert twice(arena.sink) == {}


def test_a_worker_that_is_asked_to_stop_leaves_no_doubt(
    tmp_path: Path, databases: Databases, redis_url: str, dice: random.Random
) -> None:
    with sending(tmp_path, databases.fresh(), redis_url) as arena:
        for _ in range(2):
            arena.wait_for_mails(dice.randrange(100, 400))
            assert arena.worker.stop() == 0
            ledger = arena.ledger()
            assert not ledger.claims
            assert not ledger.at(DeliveryState.CLAIMED)
            arena.start_worker()
        check(arena, arena.wait_for_end(), doubts=0)


def test_a_frozen_worker_whose_rows_were_given_to_others_writes_nothing_when_it_wakes(
    tmp_path: Path, databases: Databases, redis_url: str, dice: random.Random
) -> None:
    with sending(tmp_path, databases.fresh(), redis_url) as arena:
        arena.wait_for_mails(dice.randrange(150, 600))
        frozen = arena.worker
        freeze_and_expire(arena, dice)
        arena.start_worker()
        ledger = arena.wait_for_end()
        os.killpg(frozen.process.pid, signal.SIGCONT)
        assert frozen.stop() == 0
        after = arena.ledger()
        changed = {row for row, state in after.rows.items() if ledger.rows[row] != state}
        # The answer that was waiting for it is evidence for its own row in doubt.
        assert changed <= ledger.at(DeliveryState.UNSURE)
        assert ledger.at(DeliveryState.ACCEPTED) | ledger.at(DeliveryState.UNSURE) == set(
            ledger.rows
        )
        assert len(ledger.at(DeliveryState.UNSURE)) <= CONNECTIONS


def freeze_and_expire(arena: Arena, dice: random.Random) -> None:
    """SIGSTOP the worker, and for the sweeper's clock the two minutes are over.

    On SQLite a process frozen while it writes keeps everybody from writing; then it
    is woken and frozen again a moment later.
    """
    for _ in range(5):
        os.killpg(arena.worker.process.pid, signal.SIGSTOP)
        try:
            arena.ask("expire")
        except subprocess.CalledProcessError:
            os.killpg(arena.worker.process.pid, signal.SIGCONT)
            time.sleep(dice.uniform(0.05, 0.2))
        else:
            return
    raise AssertionError("the worker was writing each time")


def test_a_relay_that_goes_away_and_comes_back_costs_at_most_a_doubt_a_connection(
    tmp_path: Path, databases: Databases, redis_url: str, dice: random.Random
) -> None:
    with sending(tmp_path, databases.fresh(), redis_url) as arena:
        arena.wait_for_mails(dice.randrange(150, 700))
        arena.sink.cut()
        # Longer than it takes to notice.
        time.sleep(2)
        arena.sink.mend()
        check(arena, arena.wait_for_end(), doubts=CONNECTIONS)


def test_everything_killed_at_once_goes_on_where_it_was(
    tmp_path: Path, databases: Databases, redis_url: str, dice: random.Random
) -> None:
    with sending(tmp_path, databases.fresh(), redis_url) as arena:
        arena.wait_for_mails(dice.randrange(150, 700))
        arena.start_web()
        arena.close()
        arena.start_everything()
        check(arena, arena.wait_for_end(), doubts=CONNECTIONS)


@pytest.mark.once
def test_a_database_that_crashes_and_comes_back_finds_its_workers_waiting(
    tmp_path: Path, redis_url: str, dice: random.Random
) -> None:
    with postgres_server(durable=True) as url:
        migrate(url, tmp_path / "migrations")
        with sending(tmp_path, url, redis_url) as arena:
            arena.wait_for_mails(dice.randrange(150, 700))
            crash(url)
            time.sleep(2)
            restart(url)
            ledger = arena.wait_for_end()
            assert arena.worker.process.poll() is None, "the worker lived through it"
            check(arena, ledger, doubts=CONNECTIONS)
