"""The totals: exact after every order of confirming, withdrawing and counting."""

import random
import threading

import pytest
from django.db import connections

from petitions.models import Petition, Signature
from petitions.public.caching import COUNT_SECONDS
from petitions.services import counting, review, signatures
from petitions.states import SignatureState
from petitions.tasks import count as count_task
from petitions.tasks import repair as repair_task
from tests.factories.petitions import PetitionFactory, SignatureFactory
from worker.schedule import TICKS


def total(petition):
    return Petition.objects.values_list("total", flat=True).get(pk=petition.pk)


def counted(petition):
    return Signature.objects.filter(petition=petition, state=SignatureState.COUNTED).count()


def test_only_counted_signatures_are_in_the_total(db):
    petition = PetitionFactory()
    for state in SignatureState:
        SignatureFactory(petition=petition, state=state)
    count_task()
    assert total(petition) == 1
    count_task()
    assert total(petition) == 1


def test_a_withdrawn_signature_leaves_the_total_at_the_next_count(db):
    petition = PetitionFactory()
    rows = SignatureFactory.create_batch(3, petition=petition)
    counting.count()
    signatures.withdraw(signature=rows[0])
    review.take_out(signature=rows[1])
    assert total(petition) == 3
    counting.count()
    assert total(petition) == 1
    rows[1].refresh_from_db()
    review.put_back(signature=rows[1])
    counting.count()
    assert total(petition) == 2


def test_a_name_that_went_and_came_back_between_two_counts_is_counted_once(db):
    petition = PetitionFactory()
    row = SignatureFactory(petition=petition)
    counting.count()
    review.take_out(signature=row)
    row.refresh_from_db()
    review.put_back(signature=row)
    counting.count()
    assert total(petition) == 1


def test_more_signatures_than_one_batch_are_all_counted(db, monkeypatch):
    monkeypatch.setattr(counting, "BATCH", 4)
    petition = PetitionFactory()
    SignatureFactory.create_batch(11, petition=petition)
    counting.count()
    assert total(petition) == 11


def test_goals_are_noted_when_reached_and_taken_back_when_the_total_falls(db):
    petition = PetitionFactory(goals=[2, 4, 10])
    rows = SignatureFactory.create_batch(4, petition=petition)
    counting.count()
    assert list(petition.milestones.values_list("goal", flat=True)) == [2, 4]
    signatures.withdraw(signature=rows[0])
    counting.count()
    assert list(petition.milestones.values_list("goal", flat=True)) == [2]


def test_the_nightly_repair_mends_a_total_that_does_not_agree_with_the_rows(db):
    petition = PetitionFactory()
    SignatureFactory.create_batch(3, petition=petition)
    counting.count()
    Petition.objects.filter(pk=petition.pk).update(total=99)
    repair_task()
    assert total(petition) == 3
    assert counting.repair() == 0


def test_a_count_with_nothing_new_looks_once_and_writes_nothing(db, django_assert_num_queries):
    PetitionFactory.create_batch(3)
    with django_assert_num_queries(1):
        counting.count()


def test_pages_may_be_kept_as_long_as_the_count_takes(db):
    assert [tick.seconds for tick in TICKS if tick.task == "petitions.count"] == [COUNT_SECONDS]


class Crowd:
    """Threads that work at once; what went wrong in one of them is kept."""

    def __init__(self):
        self.troubles = []
        self.threads = []

    def __call__(self, work, *arguments):
        thread = threading.Thread(target=self._run, args=(work, arguments))
        self.threads.append(thread)
        return thread

    def _run(self, work, arguments):
        try:
            work(*arguments)
        except Exception as error:  # noqa: BLE001  # kept for the test to fail on
            self.troubles.append(error)
        finally:
            connections.close_all()


def confirm_some(rows):
    for row in rows:
        signatures.confirm(signature_id=row.pk, revision=1)
        if row.pk % 5 == 0:
            signatures.withdraw(signature=row)


def withdraw_some(rows):
    for row in rows:
        signatures.withdraw(signature=row)


def keep_counting(done):
    while not done.is_set():
        counting.count()


@pytest.mark.django_db(transaction=True)
def test_the_total_is_exact_with_parallel_confirmations_withdrawals_and_two_counters():
    petition = PetitionFactory()
    waiting = SignatureFactory.create_batch(120, petition=petition, state=SignatureState.PENDING)
    others = SignatureFactory.create_batch(40, petition=petition)
    random.shuffle(waiting)
    crowd, done = Crowd(), threading.Event()
    workers = [crowd(confirm_some, waiting[start::4]) for start in range(4)]
    workers.append(crowd(withdraw_some, random.sample(others, 25)))
    counters = [crowd(keep_counting, done) for _ in range(2)]
    for thread in crowd.threads:
        thread.start()
    for thread in workers:
        thread.join()
    done.set()
    for thread in counters:
        thread.join()

    assert crowd.troubles == []
    counting.count()
    assert total(petition) == counted(petition)
    assert counted(petition) == 120 - sum(row.pk % 5 == 0 for row in waiting) + 15
    assert counting.repair() == 0
