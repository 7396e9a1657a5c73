"""The rows of a dead worker: marked, in doubt, or ready again."""

import os
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError
from django.utils import timezone

from newsletters.addresses import address_key
from newsletters.models import Claim, Delivery, Mailing, Suppression
from newsletters.sending import claims, journal, marks, sweeper
from newsletters.sending.claims import Owner, Taken
from newsletters.sending.feed import SAFE_SECONDS, Envelope, Feed
from newsletters.sending.journal import Journal, Life
from newsletters.sending.marks import Mark
from newsletters.sending.replies import ACCEPTED, MAX_ATTEMPTS, Fate, Outcome
from newsletters.states import DeliveryState, DoubtPolicy, Lane
from tests.stories import half_sent, states

pytestmark = pytest.mark.django_db


class Worker:
    """A worker that can die: its journal's lock goes, its file and claims stay."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.owner = Owner(self.journal.worker, self.journal.host)

    def take(self) -> Taken:
        """Claim what is due."""
        taken = claims.take(Lane.BULK, self.owner)
        assert taken is not None
        return taken

    def die(self) -> None:
        """The kernel closes the file."""
        os.close(self.journal._file)


@pytest.fixture
def worker() -> Worker:
    """One worker."""
    return Worker()


def test_a_living_worker_is_left_alone(worker: Worker) -> None:
    mailing = half_sent(3)
    worker.take()
    assert sweeper.sweep() == 0
    assert states(mailing) == {DeliveryState.CLAIMED: 3}


def test_what_the_journal_says_is_marked_and_the_one_begun_is_in_doubt(worker: Worker) -> None:
    mailing = half_sent(6)
    taken = worker.take()
    first, second, third, *_ = (row.pk for row in taken.rows)
    worker.journal.begin(taken.claim, first)
    worker.journal.end(taken.claim, first, Fate.ACCEPTED, "250")
    worker.journal.begin(taken.claim, second)
    worker.journal.end(taken.claim, second, Fate.REFUSED, "550 5.7.1")
    worker.journal.begin(taken.claim, third)
    worker.die()
    assert sweeper.sweep() == 1
    assert states(mailing) == {
        DeliveryState.READY: 3,
        DeliveryState.ACCEPTED: 1,
        DeliveryState.REFUSED: 1,
        DeliveryState.UNSURE: 1,
    }
    assert Delivery.objects.get(state=DeliveryState.UNSURE).pk == third
    assert set(Delivery.objects.filter(state=0).values_list("attempts", flat=True)) == {0}
    assert not Claim.objects.exists()
    assert journal.life(worker.owner.worker) is Life.ELSEWHERE, "its file is gone"
    assert sweeper.sweep() == 0


def test_a_worker_that_stood_still_begins_no_mail_on_a_lease_that_may_be_over(
    worker: Worker,
) -> None:
    half_sent(1)
    taken = worker.take()
    taken.asked_at -= SAFE_SECONDS + 1
    told: list[Mark] = []
    feed = Feed(taken, worker.journal, lambda _, row: Envelope(row.pk, "", "", b""), told.append)
    assert feed.next() is None
    assert not feed.begin(Envelope(taken.rows[0].pk, "", "", b""))
    assert journal.pages(worker.owner.worker) == {}
    assert told == []


def test_a_frozen_worker_is_swept_when_its_lease_is_over_and_can_write_nothing_after(
    worker: Worker,
) -> None:
    mailing = half_sent(4)
    taken = worker.take()
    first, second, *_ = (row.pk for row in taken.rows)
    worker.journal.begin(taken.claim, first)
    Claim.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert sweeper.sweep() == 1
    assert states(mailing) == {DeliveryState.READY: 3, DeliveryState.UNSURE: 1}
    assert claims.renew([taken.claim], worker.owner) == {taken.claim}
    refused = Outcome(Fate.REFUSED, "550")
    assert marks.write([Mark(taken.claim, second, refused)]) == {taken.claim}
    assert states(mailing) == {DeliveryState.READY: 3, DeliveryState.UNSURE: 1}


def test_the_answer_that_came_after_all_is_the_evidence_for_a_row_in_doubt(
    worker: Worker,
) -> None:
    mailing = half_sent(2)
    taken = worker.take()
    first = taken.rows[0].pk
    worker.journal.begin(taken.claim, first)
    Claim.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sweeper.sweep()
    marks.write([Mark(taken.claim, first, ACCEPTED)])
    assert states(mailing) == {DeliveryState.READY: 1, DeliveryState.ACCEPTED: 1}


def lease_over_for(**rest: float) -> None:
    """Time passes."""
    Claim.objects.update(lease_until=timezone.now() - timedelta(**rest))


def test_a_worker_of_another_machine_is_left_to_that_machine_at_first(worker: Worker) -> None:
    mailing = half_sent(150)
    worker.take()
    journal.remove(worker.owner.worker)
    lease_over_for(minutes=4)
    assert sweeper.sweep() == 0, "its own machine has the journal and settles exactly"
    lease_over_for(minutes=6)
    assert sweeper.sweep() == 1
    assert states(mailing) == {DeliveryState.UNSURE: 150}, "nobody knows what it had sent"


def test_after_a_power_cut_what_the_journal_does_not_tell_is_in_doubt(worker: Worker) -> None:
    mailing = half_sent(5)
    taken = worker.take()
    first = taken.rows[0].pk
    worker.journal.begin(taken.claim, first)
    worker.journal.end(taken.claim, first, Fate.ACCEPTED, "250")
    worker.die()
    path = journal.path_of(worker.owner.worker)
    told = path.read_bytes().partition(b"\n")[2]
    path.write_bytes(b"m another run of the machine\n" + told + b"\0\0\xff b 1")
    assert journal.life(worker.owner.worker) is Life.WENT_DOWN
    assert sweeper.sweep() == 1
    assert states(mailing) == {DeliveryState.ACCEPTED: 1, DeliveryState.UNSURE: 4}


def test_a_missing_mailbox_told_by_the_journal_suppresses_the_address(worker: Worker) -> None:
    half_sent(1)
    taken = worker.take()
    worker.journal.begin(taken.claim, taken.rows[0].pk)
    worker.journal.end(taken.claim, taken.rows[0].pk, Fate.REFUSED, "550 5.1.1")
    worker.die()
    sweeper.sweep()
    assert Suppression.objects.get().address_key == address_key(taken.rows[0].address)


def test_what_a_broken_off_run_left_is_settled_by_the_next_run_of_the_same_process(
    worker: Worker,
) -> None:
    mailing = half_sent(5)
    taken = worker.take()
    first, second, *_ = (row.pk for row in taken.rows)
    worker.journal.begin(taken.claim, first)
    worker.journal.end(taken.claim, first, Fate.ACCEPTED, "250")
    worker.journal.begin(taken.claim, second)
    assert sweeper.sweep() == 0, "the process lives on and holds its lock"
    sweeper.settle_own(worker.journal)
    assert states(mailing) == {
        DeliveryState.READY: 3,
        DeliveryState.ACCEPTED: 1,
        DeliveryState.UNSURE: 1,
    }
    assert journal.pages(worker.owner.worker) == {}, "and the journal begins afresh"
    assert journal.life(worker.owner.worker) is Life.ALIVE


def test_the_journal_stays_until_what_it_told_is_committed(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing = half_sent(2)
    taken = worker.take()
    worker.journal.begin(taken.claim, taken.rows[0].pk)
    worker.journal.end(taken.claim, taken.rows[0].pk, Fate.ACCEPTED, "250")
    worker.die()
    with monkeypatch.context() as broken:
        broken.setattr(sweeper.log, "info", _database_goes_away)
        with pytest.raises(OperationalError):
            sweeper.sweep()
    assert states(mailing) == {DeliveryState.CLAIMED: 2}
    assert sweeper.sweep() == 1
    assert states(mailing) == {DeliveryState.ACCEPTED: 1, DeliveryState.READY: 1}


def _database_goes_away(*args: object, **kwargs: object) -> None:
    raise OperationalError("the server closed the connection")


def test_journals_of_workers_that_ended_well_do_not_pile_up(worker: Worker) -> None:
    half_sent(1)
    claims.release(worker.take().claim)
    living = Worker()
    worker.die()
    sweeper.sweep()
    assert journal.life(worker.owner.worker) is Life.ELSEWHERE
    assert journal.life(living.owner.worker) is Life.ALIVE


def test_a_mark_written_twice_because_the_answer_of_the_commit_was_lost_changes_nothing(
    worker: Worker,
) -> None:
    mailing = half_sent(4)
    taken = worker.take()
    ids = [row.pk for row in taken.rows]
    fates = (
        ACCEPTED,
        Outcome(Fate.REFUSED, "550"),
        Outcome(Fate.LATER, "450"),
        Outcome(Fate.UNSURE),
    )
    group = [Mark(taken.claim, row, outcome) for row, outcome in zip(ids, fates, strict=True)]
    assert marks.write(group) == set()
    before = list(Delivery.objects.order_by("pk").values())
    marks.write(group)
    assert list(
        Delivery.objects.order_by("pk").values("state", "attempts", "doubts", "due_at")
    ) == [{name: row[name] for name in ("state", "attempts", "doubts", "due_at")} for row in before]
    claims.release(taken.claim)
    assert sum(states(mailing).values()) == 4


def test_a_full_disk_leaves_no_half_line_in_the_journal(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.write
    worker.journal.begin(7, 70)
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda file, data: whole(file, data[:4]))
        with pytest.raises(OSError, match="journal"):
            worker.journal.begin(7, 71)
    worker.journal.end(7, 70, Fate.ACCEPTED, "250")
    page = journal.pages(worker.owner.worker)[7]
    assert (page.begun, page.ended) == (set(), {70: (Fate.ACCEPTED, "250")})


def test_one_claim_is_found_among_the_thousands_of_a_long_journal(worker: Worker) -> None:
    worker.journal.begin(7, 1, 2)
    worker.journal.begin(70, 3)
    worker.journal.end(7, 1, Fate.ACCEPTED, "250")
    found = journal.pages(worker.owner.worker, 7)
    assert found == {7: journal.Page(ended={1: (Fate.ACCEPTED, "250")}, begun={2})}


def test_a_row_in_doubt_is_sent_again_once_after_ten_minutes() -> None:
    half_sent(2)
    rest = timezone.now() + timedelta(minutes=10)
    Delivery.objects.update(state=DeliveryState.UNSURE, doubts=1, due_at=rest)
    assert sweeper.resend_unsure() == 0
    Delivery.objects.update(due_at=timezone.now())
    assert sweeper.resend_unsure() == 2
    Delivery.objects.update(state=DeliveryState.UNSURE, doubts=2)
    assert sweeper.resend_unsure() == 0, "the second doubt waits for a person"


def test_a_mailing_marked_never_twice_waits_for_a_person() -> None:
    half_sent(2, doubt=DoubtPolicy.HOLD)
    Delivery.objects.update(state=DeliveryState.UNSURE, doubts=1, due_at=timezone.now())
    assert sweeper.resend_unsure() == 0


def test_a_row_skipped_while_its_mail_was_in_the_air_is_accepted_when_the_relay_says_so(
    worker: Worker,
) -> None:
    mailing = half_sent(2)
    taken = worker.take()
    first, second = (row.pk for row in taken.rows)
    Delivery.objects.update(state=DeliveryState.SKIPPED)
    assert marks.write([Mark(taken.claim, first, ACCEPTED)]) == set()
    assert marks.write([Mark(taken.claim, second, Outcome(Fate.LATER, "450"))]) == set()
    assert states(mailing) == {DeliveryState.ACCEPTED: 1, DeliveryState.SKIPPED: 1}


def test_a_pile_of_temporary_refusals_ends(worker: Worker) -> None:
    mailing = half_sent(1)
    later = Outcome(Fate.LATER, "450 4.2.0", "not now")
    for _ in range(MAX_ATTEMPTS):
        Delivery.objects.update(due_at=timezone.now())
        taken = worker.take()
        marks.write([Mark(taken.claim, taken.rows[0].pk, later)])
        claims.release(taken.claim)
    assert states(mailing) == {DeliveryState.REFUSED: 1}


def test_the_lock_tells_the_living_from_the_dead(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import django; django.setup()
        from newsletters.sending.journal import Journal
        own = Journal(); own.begin(7, 8); print(own.worker, flush=True); input()
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "HANDBILL_VAR": str(django_settings.VAR),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        name = other.stdout.readline().strip()
        assert journal.life(name) is Life.ALIVE
        other.kill()
    assert journal.life(name) is Life.DEAD
    assert journal.pages(name)[7].begun == {8}
    assert journal.life("1-nobody") is Life.ELSEWHERE


def test_two_workers_never_hold_the_same_row() -> None:
    half_sent(350)
    first, second = Worker().take(), Worker().take()
    held = [row.pk for taken in (first, second) for row in taken.rows]
    assert len(held) == len(set(held)) == 350
    assert Mailing.objects.count() == 1
