import pytest
from django.db import transaction

from tests.infra.rings import Ring
from worker.doorbell import Job, ring

EXPECTED = [Ring("newsletters.send_now", (7,), "now")]


@pytest.mark.django_db
def test_a_ring_is_heard_once(rung):
    ring(Job.SEND_NOW, 7)
    assert rung.collect() == EXPECTED
    assert rung.collect() == []
    assert rung.seen == EXPECTED


@pytest.mark.django_db(transaction=True)
def test_a_ring_waits_for_the_real_commit(rung):
    with transaction.atomic():
        ring(Job.SEND_NOW, 7)
        assert rung.seen == []
    assert rung.collect() == EXPECTED


@pytest.mark.django_db
def test_a_rolled_back_ring_is_never_heard(rung):
    with transaction.atomic():
        ring(Job.SEND_NOW, 7)
        transaction.set_rollback(True)
    assert rung.collect() == []
