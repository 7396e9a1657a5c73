"""kill -9: nothing is lost, and the few that are in doubt are named."""

import random
from pathlib import Path

import pytest

from newsletters.states import DeliveryState
from tests.faults.arena import CONNECTIONS, Arena, Flusher, kill_points, twice
from tests.infra.databases import Databases
from tests.infra.sink_script import Rule, Script
from tests.sink import Sink

RECIPIENTS = 5000
KILLS = 3

pytestmark = [pytest.mark.faults, pytest.mark.redis]


@pytest.mark.parametrize("flushing", [False, True], ids=["broker-stays", "broker-flushed"])
def test_killing_the_worker_loses_nobody_and_names_every_doubt(
    tmp_path: Path, databases: Databases, redis_url: str, flushing: bool
) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")  # noqa: T201  # pytest shows it with a failure, so that it can be run again
    dice = random.Random(seed)
    # Slow enough that a kill meets the send in full swing.
    script = Script(rules=[Rule(phase="dot", delay=0.003)])
    with Sink(record=tmp_path / "accepted.txt", script=script) as sink:
        arena = Arena(tmp_path, database=databases.fresh(), broker=redis_url, sink=sink)
        flusher = Flusher(redis_url)
        if flushing:
            flusher.start()
        try:
            arena.ask("seed", str(RECIPIENTS))
            for point in kill_points(RECIPIENTS, KILLS, dice):
                arena.kill_worker_at(point)
            ledger = arena.wait_for_end()
        finally:
            flusher.enough.set()
            arena.close()
        delivered = {address for _, address in sink.accepted()}
        unsure = ledger.at(DeliveryState.UNSURE)
        accepted = ledger.at(DeliveryState.ACCEPTED)
        assert len(ledger.rows) == RECIPIENTS
        assert accepted | unsure == set(ledger.rows), "a row is neither accepted nor in doubt"
        assert accepted <= delivered, "the ledger says accepted, the relay never took it"
        assert delivered <= accepted | unsure
        assert len(unsure) <= CONNECTIONS * KILLS
        # A row in doubt rests ten minutes, so nobody can have got two mails yet.
        assert twice(sink) == {}
