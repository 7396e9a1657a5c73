"""What every fault test needs: luck that can be had again, and a send in full swing."""

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

import pytest

from tests.faults.arena import Arena, plant
from tests.infra.databases import Databases
from tests.infra.redis import RedisServer
from tests.infra.sink_script import Rule, Script
from tests.sink import Sink

RECIPIENTS = 1000
# As many as the promise of kill -9 is made for.
MANY = 5000
Sending = Callable[..., AbstractContextManager[Arena]]


@pytest.fixture
def dice() -> random.Random:
    """Luck that can be had again: the seed is printed."""
    seed = random.randrange(10**9)
    print(f"seed {seed}")  # noqa: T201  # pytest shows it with a failure
    return random.Random(seed)


@pytest.fixture(scope="session")
def planted(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], str]:
    """A database with so many rows ready to go, made once and copied by each test."""

    @cache
    def of(count: int) -> str:
        url = databases.fresh()
        plant(url, tmp_path_factory.mktemp("seed"), count)
        return url

    return of


@pytest.fixture
def mortal_redis() -> Iterator[RedisServer]:
    """A broker of this test alone, which it may kill."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def sending(
    tmp_path: Path,
    databases: Databases,
    planted: Callable[[int], str],
    request: pytest.FixtureRequest,
) -> Sending:
    """``with sending() as arena:`` a relay, a ledger with ``count`` rows to go, a broker.

    Nothing runs yet. ``delay`` is how long the relay takes at the dot: long
    enough to be met in the middle of the send.
    """

    def begin(
        delay: float = 0.003, broker: str = "", count: int = RECIPIENTS
    ) -> AbstractContextManager[Arena]:
        url = broker or request.getfixturevalue("redis_url")
        return arena_of(tmp_path, databases.copy_of(planted(count)), url, delay=delay)

    return begin


@contextmanager
def arena_of(folder: Path, database: str, broker: str, *, delay: float = 0.003) -> Iterator[Arena]:
    """An arena on ``database``; everything in it is killed at the end."""
    script = Script(rules=[Rule(phase="dot", delay=delay)])
    with Sink(record=folder / "accepted.txt", script=script) as sink:
        arena = Arena(folder, database=database, broker=broker, sink=sink)
        try:
            yield arena
        finally:
            arena.close()
