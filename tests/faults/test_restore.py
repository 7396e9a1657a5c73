"""A backup is put back after more mail has left: nobody gets a second one unasked."""

import random
import time

import pytest

from newsletters.states import DeliveryState
from tests.faults.arena import CONNECTIONS, Arena, Rig, delivered, twice
from tests.faults.conftest import Sending
from tests.infra.databases import Databases
from tests.infra.processes import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.redis]

# What was in the air at each of two kills.
MANY_DOUBTS = 2 * CONNECTIONS
# A backup is made while the send goes on.
SLOW = 0.03
# A machine looks this often how far the database has come, instead of every five seconds.
OFTEN = {"newsletters.sending.restores:RISE_SECONDS": 0.3}


def back_up_in_the_middle(arena: Arena, databases: Databases, dice: random.Random) -> str:
    """A backup of a running send, which goes on after it."""
    arena.start_worker(Rig(constants=OFTEN))
    arena.wait_for_mails(dice.randrange(20, 100))
    level = arena.level()
    backup = databases.backup_of(arena.database)
    # What is younger than that is in no way different from a crash.
    wait_until(lambda: arena.level() > (0, level[1] + 1), seconds=20, what="the rise")
    return backup


def go_on(arena: Arena, taken: set[str]) -> None:
    """A person says: send everything in doubt again. Who had it already is known, but for a few."""
    arena.sink.script.rules.clear()
    arena.run("-m", "tests.programs.decided")
    arena.books.end_grace()
    wait_until(lambda: arena.books.read().is_done, seconds=30, what="the end")
    assert len(arena.books.read().rows) == arena.people
    assert set(twice(arena.sink)) <= taken
    assert len(twice(arena.sink)) <= MANY_DOUBTS


def test_a_worker_on_a_database_that_was_put_back_waits_for_a_person(
    sending: Sending, databases: Databases, dice: random.Random
) -> None:
    with sending(delay=SLOW) as arena, arena.hurry():
        backup = back_up_in_the_middle(arena, databases, dice)
        # What the first one told is swept up and let go.
        arena.worker.kill()
        arena.start_worker()
        arena.wait_for_mails(dice.randrange(20, 100))
        arena.worker.kill()
        taken = delivered(arena.sink)
        arena.put_back(backup)
        assert len(arena.books.read().at(DeliveryState.ACCEPTED)) < len(taken)
        arena.start_worker()
        # It says so when everything its journals know is written down.
        wait_until(lambda: arena.level() > (1, 0), seconds=30, what="the new era")
        assert arena.books.mailing()[0] == "paused"
        ledger = arena.books.read()
        accepted, unsure = (ledger.at(DeliveryState.ACCEPTED), ledger.at(DeliveryState.UNSURE))
        assert accepted | unsure == set(ledger.rows)
        assert accepted <= taken
        assert len(taken - accepted) <= MANY_DOUBTS
        assert delivered(arena.sink) == taken, "nothing left by itself"
        assert twice(arena.sink) == {}
        go_on(arena, taken - accepted)


def test_on_a_new_machine_the_operator_says_that_a_backup_was_put_back(
    sending: Sending, databases: Databases, dice: random.Random
) -> None:
    with sending(delay=SLOW) as arena, arena.hurry():
        backup = back_up_in_the_middle(arena, databases, dice)
        arena.worker.kill()
        taken = len(arena.sink.accepted())
        arena.put_back(backup)
        # Nothing of the old one's disk is here.
        arena.environment["HANDBILL_VAR"] += "-new"
        assert "Mailings paused: 1." in arena.manage("restored")
        arena.start_worker()
        # Long enough for each tick to have come twice.
        time.sleep(3)
        assert len(arena.sink.accepted()) == taken
        assert not arena.books.read().at(DeliveryState.READY, DeliveryState.CLAIMED)
