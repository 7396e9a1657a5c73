"""What a person decides about a mail that may or may not have arrived, and takes back."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from newsletters.models import Delivery
from newsletters.services import deliveries, mailings
from newsletters.services.deliveries import GRACE, UNDO, Doubts
from newsletters.states import Decision, DeliveryState, MailingState, SkipReason
from tests.factories.newsletters import DeliveryFactory, MailingFactory

pytestmark = pytest.mark.django_db

AFTER = {
    Decision.ARRIVED: DeliveryState.ACCEPTED,
    Decision.AGAIN: DeliveryState.READY,
    Decision.LEAVE: DeliveryState.SKIPPED,
}


def unsure(mailing, **fields):
    later = timezone.now() + timedelta(minutes=10)
    defaults = {"state": DeliveryState.UNSURE, "due_at": later, "doubts": 1}
    return DeliveryFactory(mailing=mailing, **{**defaults, **fields})


@pytest.fixture
def decide(organiser):
    def act(doubts, decision):
        return deliveries.decide(doubts=doubts, act=decision, by=organiser)

    return act


def only(*rows):
    return Doubts(rows[0].mailing_id, [row.pk for row in rows])


def test_it_arrived(decide):
    row = unsure(MailingFactory())
    assert decide(only(row), Decision.ARRIVED).count == 1
    row.refresh_from_db()
    assert row.state == DeliveryState.ACCEPTED
    assert row.accepted_at is not None


def test_send_again_leaves_in_a_minute_and_stays_the_same_mail(decide):
    row = unsure(MailingFactory(), dated_at=timezone.now())
    made = decide(only(row), Decision.AGAIN)
    dated = row.dated_at
    row.refresh_from_db()
    assert (row.state, row.doubts, row.dated_at) == (DeliveryState.READY, 1, dated)
    assert row.due_at == made.at + GRACE


def test_leave_says_that_a_person_chose_so(decide):
    row = unsure(MailingFactory())
    assert decide(only(row), Decision.LEAVE).count == 1
    row.refresh_from_db()
    assert (row.state, row.reason) == (DeliveryState.SKIPPED, SkipReason.LEFT)


def test_of_two_decisions_the_first_counts(decide):
    row = unsure(MailingFactory())
    assert decide(only(row), Decision.LEAVE).count == 1
    assert decide(only(row), Decision.AGAIN).count == 0
    assert decide(only(row), Decision.ARRIVED).count == 0


@pytest.mark.parametrize("state", sorted(set(DeliveryState) - {DeliveryState.UNSURE}))
def test_only_unsure_rows_are_decided(state, decide):
    row = unsure(MailingFactory(), state=state)
    for act in Decision:
        assert decide(only(row), act).count == 0


def test_the_rows_of_another_mailing_are_out_of_reach(decide):
    row, other = unsure(MailingFactory()), MailingFactory()
    assert decide(Doubts(other.pk, [row.pk]), Decision.LEAVE).count == 0
    assert decide(Doubts(other.pk, until=row.due_at), Decision.LEAVE).count == 0


def test_nothing_of_a_cancelled_mailing_is_sent_again(decide):
    row = unsure(MailingFactory(state=MailingState.CANCELLED))
    assert decide(only(row), Decision.AGAIN).count == 0
    assert decide(only(row), Decision.ARRIVED).count == 1


def test_all_are_those_that_were_in_doubt_when_the_page_was_shown(decide):
    mailing = MailingFactory()
    rows = [unsure(mailing) for _ in range(60)]
    late = unsure(mailing, due_at=rows[-1].due_at + timedelta(seconds=1))
    made = decide(Doubts(mailing.pk, until=rows[-1].due_at), Decision.ARRIVED)
    assert made.count == 60
    late.refresh_from_db()
    assert late.state == DeliveryState.UNSURE


# Taking it back ------------------------------------------------------------------
@pytest.mark.parametrize("act", Decision)
def test_a_decision_is_taken_back_as_a_whole_and_alone(act, decide, organiser):
    mailing = MailingFactory(state=MailingState.SENDING)
    earlier, *rows = [unsure(mailing) for _ in range(4)]
    decide(only(earlier), act)
    made = decide(only(*rows), act)
    assert deliveries.decided(mailing_id=mailing.pk, act=act, at=made.at) == 3

    again = {"mailing_id": mailing.pk, "act": act, "at": made.at, "by": organiser}
    assert deliveries.undo(**again) == 3
    assert deliveries.undo(**again) == 0

    for row in rows:
        row.refresh_from_db()
        assert (row.state, row.reason, row.accepted_at) == (DeliveryState.UNSURE, "", None)
        assert row.due_at > timezone.now() + timedelta(minutes=9)
    earlier.refresh_from_db()
    assert earlier.state == AFTER[act]


def test_what_arrived_by_itself_is_not_taken_back(decide, organiser):
    mailing = MailingFactory(state=MailingState.SENDING)
    row = unsure(mailing)
    made = decide(only(row), Decision.ARRIVED)
    proven = DeliveryFactory(
        mailing=mailing, state=DeliveryState.ACCEPTED, accepted_at=made.at, last_code="250"
    )
    deliveries.undo(mailing_id=mailing.pk, act=made.act, at=made.at, by=organiser)
    proven.refresh_from_db()
    assert proven.state == DeliveryState.ACCEPTED


def test_what_is_on_its_way_again_cannot_be_taken_back(decide, organiser):
    mailing = MailingFactory(state=MailingState.SENDING)
    rows = [unsure(mailing) for _ in range(2)]
    made = decide(only(*rows), Decision.AGAIN)
    Delivery.objects.filter(pk=rows[0].pk).update(state=DeliveryState.CLAIMED)
    count = deliveries.undo(mailing_id=mailing.pk, act=made.act, at=made.at, by=organiser)
    assert count == 1


@pytest.mark.parametrize("act", [Decision.ARRIVED, Decision.LEAVE])
def test_after_ten_minutes_a_decision_stands(act, decide, organiser):
    mailing = MailingFactory()
    row = unsure(mailing)
    made = decide(only(row), act)
    with time_machine.travel(made.at + UNDO + timedelta(seconds=1)):
        assert deliveries.decided(mailing_id=mailing.pk, act=act, at=made.at) == 0
        assert deliveries.undo(mailing_id=mailing.pk, act=act, at=made.at, by=organiser) == 0


def test_a_mailing_that_ended_with_the_last_doubt_goes_on_when_it_is_back(decide, organiser):
    mailing = MailingFactory(state=MailingState.SENDING, started_at=timezone.now(), total=1)
    row = unsure(mailing)
    made = decide(only(row), Decision.LEAVE)
    assert mailings.finish_done() == 1
    deliveries.undo(mailing_id=mailing.pk, act=made.act, at=made.at, by=organiser)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.finished_at) == (MailingState.SENDING, None)
    assert mailings.finish_done() == 0


def test_a_cancelled_mailing_stays_cancelled_when_a_decision_is_taken_back(decide, organiser):
    mailing = MailingFactory(state=MailingState.CANCELLED)
    row = unsure(mailing)
    made = decide(only(row), Decision.ARRIVED)
    assert deliveries.undo(mailing_id=mailing.pk, act=made.act, at=made.at, by=organiser) == 1
    mailing.refresh_from_db()
    assert mailing.state == MailingState.CANCELLED
