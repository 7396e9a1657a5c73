"""A worker that ends at a named point of its work: what is in doubt is exactly what must be."""

import random
import signal

import pytest
from pytest_django import Settings

from newsletters.sending import journal
from newsletters.states import DeliveryState
from tests.faults.arena import CONNECTIONS, SWEEP, Arena, Crash, Rig, check, delivered
from tests.faults.conftest import RECIPIENTS, Sending
from tests.infra.processes import wait_until
from worker.doorbell import Job

pytestmark = [pytest.mark.faults, pytest.mark.redis]

CLAIM = "newsletters.sending.claims:take"
BEGIN = "newsletters.sending.journal:Journal.begin"
END = "newsletters.sending.journal:Journal.end"
MARK = "newsletters.sending.marks:write"
SETTLED = "newsletters.models:Claim.delete"
SWEPT = "newsletters.sending.journal:remove"
ADVANCE = "newsletters.services.expansion:_advance"
INSERT = "newsletters.services.expansion:_insert"
CHUNK = {"newsletters.services.expansion:CHUNK": 100}


def crash(arena: Arena, rig: Rig, job: Job | str = Job.SEND_BULK, *ids: int) -> None:
    """A worker that gets as far as ``rig`` lets it."""
    worker = arena.start_worker(rig)
    arena.ring(job, *ids)
    wait_until(lambda: worker.process.poll() is not None, seconds=30, what="the crash")
    assert worker.process.returncode == -signal.SIGKILL


def in_the_air(arena: Arena, settings: Settings) -> set[str]:
    """Whose mail the journals of the dead tell the beginning of and not the end."""
    settings.JOURNAL_ROOT = arena.journals
    addresses = arena.books.addresses()
    pages = [page for who in journal.workers() for page in journal.pages(who).values()]
    return {addresses[delivery] for page in pages for delivery in page.begun}


def go_on(arena: Arena) -> None:
    """A new worker, the sweep, and a look at what is due."""
    arena.start_worker()
    arena.recover()
    arena.ring(Job.SEND_BULK)


@pytest.mark.parametrize("number", [1, 3])
def test_a_crash_behind_the_claim_leaves_its_rows_without_doubt(
    sending: Sending, settings: Settings, dice: random.Random, number: int
) -> None:
    with sending() as arena:
        crash(arena, Rig(Crash(CLAIM, "after", number)))
        doubts = in_the_air(arena, settings)
        # The connections that had claims before; the newest had not begun.
        assert len(doubts) < number
        go_on(arena)
        ledger = arena.wait_for_end()
        check(arena, ledger, doubts=CONNECTIONS - 1)
        assert ledger.at(DeliveryState.UNSURE) == doubts


def test_a_crash_before_the_dot_leaves_a_doubt_about_a_mail_that_never_left(
    sending: Sending, settings: Settings, dice: random.Random
) -> None:
    with sending() as arena:
        crash(arena, Rig(Crash(BEGIN, "after", dice.randrange(1, 600))))
        doubts = in_the_air(arena, settings)
        assert doubts - delivered(arena.sink), "the last one was not handed over"
        go_on(arena)
        ledger = arena.wait_for_end()
        check(arena, ledger, doubts=CONNECTIONS)
        assert ledger.at(DeliveryState.UNSURE) == doubts


def test_a_crash_behind_the_answer_leaves_a_doubt_about_a_mail_that_arrived(
    sending: Sending, settings: Settings, dice: random.Random
) -> None:
    with sending() as arena:
        crash(arena, Rig(Crash(END, "before", dice.randrange(1, 600))))
        doubts = in_the_air(arena, settings)
        assert doubts & delivered(arena.sink), "the answer to the last one was there"
        go_on(arena)
        ledger = arena.wait_for_end()
        check(arena, ledger, doubts=CONNECTIONS)
        assert ledger.at(DeliveryState.UNSURE) == doubts


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_around_a_mark_leaves_no_doubt_about_what_was_answered(
    sending: Sending, settings: Settings, dice: random.Random, when: str
) -> None:
    with sending() as arena:
        crash(
            arena, Rig(Crash(MARK, "before" if when == "before" else "after", dice.randrange(1, 5)))
        )
        doubts = in_the_air(arena, settings)
        written = arena.books.read().at(DeliveryState.ACCEPTED)
        answered = delivered(arena.sink) - doubts
        assert written <= answered
        if when == "before":
            assert answered - written, "these marks were lost, and the journal has them"
        go_on(arena)
        ledger = arena.wait_for_end()
        check(arena, ledger, doubts=CONNECTIONS)
        assert ledger.at(DeliveryState.UNSURE) == doubts


@pytest.mark.parametrize("point", [Crash(SETTLED, "before"), Crash(SWEPT, "before")])
def test_a_crash_in_the_sweep_is_swept_up_by_the_next_one(
    sending: Sending, settings: Settings, dice: random.Random, point: Crash
) -> None:
    with sending() as arena:
        crash(arena, Rig(Crash(END, "before", dice.randrange(1, 600))))
        doubts = in_the_air(arena, settings)
        crash(arena, Rig(point), SWEEP)
        go_on(arena)
        ledger = arena.wait_for_end()
        check(arena, ledger, doubts=CONNECTIONS)
        assert ledger.at(DeliveryState.UNSURE) == doubts


@pytest.mark.parametrize("step", [ADVANCE, INSERT])
def test_a_crash_while_the_list_is_made_forgets_nobody_and_doubles_nobody(
    sending: Sending, settings: Settings, dice: random.Random, step: str
) -> None:
    with sending() as arena:
        arena.books.unmake_list()
        last = dice.randrange(1, RECIPIENTS // 100 + 1)
        crash(arena, Rig(Crash(step, "after", last), CHUNK), Job.EXPAND_MAILING, 1)
        assert len(arena.books.read().rows) == (last - 1) * 100, "whole chunks, or nothing of one"
        # The first chunks' mails were leaving meanwhile.
        doubts = in_the_air(arena, settings)
        go_on(arena)
        arena.ring(Job.EXPAND_MAILING, 1)
        wait_until(lambda: arena.books.mailing() == ("sending", RECIPIENTS), seconds=30, what="all")
        ledger = arena.wait_for_end()
        check(arena, ledger, doubts=CONNECTIONS)
        assert ledger.at(DeliveryState.UNSURE) == doubts
