import pytest
from django.db import transaction

from tests.infra.rings import Ring, read_queue
from worker.doorbell import Job, ring

HEARD = [Ring("newsletters.send_now", (), "now")]


@pytest.mark.django_db
def test_a_ring_is_heard_once(rung):
    ring(Job.SEND_NOW)
    assert rung.collect() == HEARD
    assert rung.collect() == []
    assert rung.seen == HEARD


@pytest.mark.django_db(transaction=True)
def test_a_ring_waits_for_the_real_commit(rung):
    with transaction.atomic():
        ring(Job.SEND_NOW)
        assert read_queue("now") == []
    assert rung.collect() == HEARD


@pytest.mark.django_db
def test_a_rolled_back_ring_is_never_heard(rung):
    with transaction.atomic():
        ring(Job.SEND_NOW)
        transaction.set_rollback(True)
    assert rung.collect() == []


@pytest.mark.django_db(transaction=True)
def test_answering_runs_the_registered_task_until_nothing_rings(rung):
    ring(Job.SEND_NOW)
    assert rung.answer() == HEARD
    assert rung.answer() == []
