"""The three buttons for a mail that may or may not have arrived."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletters.services import deliveries
from newsletters.states import DeliveryState, MailingState, SkipReason
from tests.factories.newsletters import DeliveryFactory, MailingFactory

pytestmark = pytest.mark.django_db


def unsure(mailing, **fields):
    later = timezone.now() + timedelta(minutes=10)
    return DeliveryFactory(mailing=mailing, state=DeliveryState.UNSURE, due_at=later, **fields)


def test_it_arrived():
    row = unsure(MailingFactory())
    assert deliveries.arrived(mailing_id=row.mailing_id, ids=[row.pk]) == 1
    row.refresh_from_db()
    assert row.state == DeliveryState.ACCEPTED
    assert row.accepted_at is not None


def test_send_again_makes_it_due_now_and_rings(rung):
    row = unsure(MailingFactory(), doubts=1)
    assert deliveries.send_again(mailing_id=row.mailing_id, ids=[row.pk]) == 1
    row.refresh_from_db()
    assert (row.state, row.doubts) == (DeliveryState.READY, 1)
    assert row.due_at <= timezone.now()
    assert [ring.job for ring in rung.collect()] == ["newsletters.send_bulk"]


def test_leave_says_that_a_person_chose_so():
    row = unsure(MailingFactory())
    assert deliveries.leave(mailing_id=row.mailing_id, ids=[row.pk]) == 1
    row.refresh_from_db()
    assert (row.state, row.reason) == (DeliveryState.SKIPPED, SkipReason.LEFT)


def test_of_two_decisions_the_first_counts():
    row = unsure(MailingFactory())
    assert deliveries.leave(mailing_id=row.mailing_id, ids=[row.pk]) == 1
    assert deliveries.send_again(mailing_id=row.mailing_id, ids=[row.pk]) == 0
    assert deliveries.arrived(mailing_id=row.mailing_id, ids=[row.pk]) == 0


@pytest.mark.parametrize("state", sorted(set(DeliveryState) - {DeliveryState.UNSURE}))
def test_only_unsure_rows_are_decided(state):
    row = DeliveryFactory(state=state)
    for decide in (deliveries.arrived, deliveries.send_again, deliveries.leave):
        assert decide(mailing_id=row.mailing_id, ids=[row.pk]) == 0


def test_the_rows_of_another_mailing_are_out_of_reach():
    row = unsure(MailingFactory())
    other = MailingFactory()
    assert deliveries.leave(mailing_id=other.pk, ids=[row.pk]) == 0


def test_nothing_of_a_cancelled_mailing_is_sent_again():
    row = unsure(MailingFactory(state=MailingState.CANCELLED))
    assert deliveries.send_again(mailing_id=row.mailing_id, ids=[row.pk]) == 0
    assert deliveries.arrived(mailing_id=row.mailing_id, ids=[row.pk]) == 1
