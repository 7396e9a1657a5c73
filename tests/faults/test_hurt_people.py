"""A change to many people, and what happens to the worker and the database meanwhile."""

import time
from pathlib import Path

import pytest

from tests.faults.arena import Arena, Often, Rig
from tests.faults.conftest import arena_of
from tests.infra.databases import Databases, migrate
from tests.infra.postgres import crash, postgres_server, restart
from tests.infra.processes import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.redis]

PEOPLE = 600
# Small enough that there is a middle of it, and a lease that is over soon.
SLOW = Rig(constants={"newsletters.services.bulk:CHUNK": 5, "newsletters.services.work:LEASE": 3})


def begin(arena: Arena) -> Often:
    """The change is asked for, a worker is there, and the tick comes every second."""
    arena.run("-m", "tests.programs.change_begun", str(PEOPLE))
    arena.start_worker(SLOW)
    return Often(lambda: arena.ring("newsletters.resume_work"))


def wait_for_half(arena: Arena) -> None:
    """Some are changed and some are not."""
    wait_until(lambda: arena.books.change()[1] > PEOPLE // 4, seconds=120, what="a part of it")
    assert arena.books.change()[0] == "running"


def check_end(arena: Arena) -> None:
    """Everybody has the tag, and what an undo needs is there once for each."""
    done = ("done", PEOPLE, PEOPLE)
    wait_until(lambda: arena.books.change() == done, seconds=120, what="the end of the change")
    assert arena.books.tagged() == (PEOPLE, PEOPLE)


def test_a_change_goes_on_with_another_worker_when_its_own_is_killed(
    tmp_path: Path, databases: Databases, redis_url: str
) -> None:
    with arena_of(tmp_path, databases.fresh(), redis_url) as arena, begin(arena):
        wait_for_half(arena)
        arena.worker.kill()
        done = arena.books.change()[1]
        assert arena.books.tagged() == (done, done)
        arena.start_worker(SLOW)
        check_end(arena)


@pytest.mark.once
def test_a_change_goes_on_when_the_database_has_crashed_and_come_back(
    tmp_path: Path, redis_url: str
) -> None:
    with postgres_server(durable=True) as url:
        migrate(url, tmp_path / "migrations")
        with arena_of(tmp_path, url, redis_url) as arena, begin(arena):
            wait_for_half(arena)
            crash(url)
            time.sleep(2)
            restart(url)
            check_end(arena)
            assert arena.worker.process.poll() is None, "the worker lived through it"
