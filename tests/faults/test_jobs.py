"""Jobs that run often and at once, and answers that take longer than a lease."""

import pytest

from tests.faults.arena import CONNECTIONS, SWEEP, Often, Rig, check
from tests.faults.conftest import Sending
from tests.infra.processes import wait_until
from tests.infra.sink_script import Rule
from worker.doorbell import Job

pytestmark = [pytest.mark.faults, pytest.mark.redis]

AT_ONCE = 3
# A lease in miniature: claims.LEASE, feed.SAFE_SECONDS and engine.RENEW_SECONDS, each by 60.
SHORT_LEASE = {
    "newsletters.sending.claims:LEASE": 2.0,
    "newsletters.sending.feed:SAFE_SECONDS": 1.5,
    "newsletters.sending.engine:RENEW_SECONDS": 0.5,
}


def test_every_job_many_times_at_once_and_a_hand_on_the_pause_button_double_nobody(
    sending: Sending,
) -> None:
    with sending(delay=0.01) as arena:
        arena.books.unmake_list()
        arena.start_worker()
        arena.start_worker()

        def storm() -> None:
            arena.books.move_mailing("sending", "paused")
            arena.books.move_mailing("paused", "sending")
            for _ in range(AT_ONCE):
                arena.ring(Job.EXPAND_MAILING, 1)
                arena.ring(Job.SEND_BULK)
                arena.ring(SWEEP)
                arena.ring("newsletters.start_due")

        with Often(storm):
            storm()
            wait_until(lambda: arena.books.mailing()[0] == "sent", seconds=60, what="the end")
        check(arena, arena.books.read(), doubts=0)


def test_answers_that_take_longer_than_the_lease_cost_nobody_her_mail(sending: Sending) -> None:
    with sending() as arena, arena.hurry():
        slow = Rule(phase="dot", delay=3, times=CONNECTIONS)
        arena.sink.script.rules.insert(0, slow)
        workers = [arena.start_worker(Rig(constants=SHORT_LEASE)) for _ in range(2)]
        ledger = arena.wait_for_end()
        assert slow.most_waiting > 1
        assert all(worker.process.poll() is None for worker in workers)
        check(arena, ledger, doubts=0)
