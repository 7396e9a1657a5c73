"""What its surroundings do to a worker: relay, broker, database and disk go away and come back."""

import random
import resource
import time
from pathlib import Path

import pytest

from tests.faults.arena import CONNECTIONS, Arena, Rig, check, plant
from tests.faults.conftest import RECIPIENTS, Sending, arena_of
from tests.infra.databases import migrate
from tests.infra.postgres import crash, postgres_server, restart
from tests.infra.processes import wait_until
from tests.infra.redis import RedisServer

pytestmark = [pytest.mark.faults, pytest.mark.redis]


def test_a_relay_that_goes_away_and_comes_back_costs_at_most_a_doubt_a_connection(
    sending: Sending, dice: random.Random
) -> None:
    with sending() as arena, arena.hurry():
        arena.start_worker()
        arena.wait_for_mails(dice.randrange(150, 700))
        arena.sink.cut()
        # Longer than it takes to notice.
        time.sleep(2)
        arena.sink.mend()
        arena.books.wake_transports()
        check(arena, arena.wait_for_end(), doubts=CONNECTIONS)


@pytest.mark.once
def test_a_database_that_crashes_and_comes_back_finds_its_workers_waiting(
    tmp_path: Path, redis_url: str, dice: random.Random
) -> None:
    with postgres_server(durable=True) as url:
        migrate(url, tmp_path / "migrations")
        plant(url, tmp_path / "seed", RECIPIENTS)
        with arena_of(tmp_path, url, redis_url) as arena:
            arena.start_everything()
            arena.wait_for_mails(dice.randrange(150, 700))
            crash(url)
            time.sleep(2)
            restart(url)
            ledger = arena.wait_for_end()
            assert arena.worker.process.poll() is None, "the worker lived through it"
            check(arena, ledger, doubts=CONNECTIONS)


def test_a_broker_that_is_killed_and_started_again_is_not_missed(
    sending: Sending, mortal_redis: RedisServer, dice: random.Random
) -> None:
    with sending(broker=mortal_redis.url) as arena:
        arena.start_everything()
        arena.wait_for_mails(dice.randrange(50, 300))
        mortal_redis.kill()
        arena.wait_for_mails(dice.randrange(50, 300))
        mortal_redis.start()
        ledger = arena.wait_for_end()
        assert arena.worker.process.poll() is None, "the worker lived through it"
        check(arena, ledger, doubts=0)


def test_without_a_broker_and_a_scheduler_a_mailing_goes_out_all_the_same(
    sending: Sending, mortal_redis: RedisServer
) -> None:
    with sending(broker=mortal_redis.url) as arena:
        mortal_redis.kill()
        arena.books.unmake_list()
        worker = arena.start_worker(Rig(constants={"worker.lookout:SILENCE": 1.0}))
        wait_until(lambda: arena.books.mailing()[0] == "sent", seconds=60, what="the end")
        check(arena, arena.books.read(), doubts=0)
        assert worker.stop() == 0


def test_a_full_disk_rests_the_send_and_loses_nobody(sending: Sending, dice: random.Random) -> None:
    with sending() as arena, arena.hurry():
        arena.start_worker()
        arena.wait_for_mails(dice.randrange(150, 500))
        fill_disk(arena)
        taken = rest(arena)
        assert taken < RECIPIENTS
        assert arena.worker.process.poll() is None, "the worker lived through it"
        free_disk(arena)
        arena.books.wake_transports()
        check(arena, arena.wait_for_end(), doubts=0)


def fill_disk(arena: Arena) -> None:
    """No file of the worker may grow any more: neither journal nor, on SQLite, the database."""
    longest = max(path.stat().st_size for path in arena.journals.glob("*.log"))
    limits = (longest + 100, resource.RLIM_INFINITY)
    resource.prlimit(arena.worker.process.pid, resource.RLIMIT_FSIZE, limits)


def free_disk(arena: Arena) -> None:
    """Somebody made room."""
    limits = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(arena.worker.process.pid, resource.RLIMIT_FSIZE, limits)


def rest(arena: Arena) -> int:
    """Wait until the relay has got nothing more for a second; how many it has."""
    counts: list[int] = []

    def quiet() -> bool:
        counts.append(len(arena.sink.accepted()))
        return counts[-20:] == [counts[-1]] * 20

    wait_until(quiet, seconds=30, what="the rest")
    return counts[-1]
