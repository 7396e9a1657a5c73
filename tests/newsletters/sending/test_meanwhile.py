"""What reaches the connections while a send is running."""

import time

import pytest

from newsletters.models import Claim, Delivery, DeliveryBody, Mailing
from newsletters.sending import engine
from newsletters.services import erasure, links, subscriptions
from newsletters.services.outgoing import Recipient, store
from newsletters.states import DeliveryState, Lane, MailingState, SkipReason
from tests.infra.processes import wait_until
from tests.newsletters.sending.underway import arrived, sending
from tests.sink import Sink
from tests.stories import half_sent, states

pytestmark = pytest.mark.django_db(transaction=True)


def test_whoever_leaves_during_the_send_gets_nothing_a_second_later(relay: Sink) -> None:
    mailing = half_sent(150)
    with sending(relay, seconds_a_mail=0.02):
        wait_until(lambda: len(arrived(relay)) > 3, seconds=20, what="the first mails")
        leaver = Delivery.objects.get(address="p149@example.org")
        assert leaver.state == DeliveryState.CLAIMED, "her row is in a worker's hands already"
        subscriptions.leave_by_token(links.unsubscribe_token(leaver), method="one-click")
        before_her = 149 - len(arrived(relay))
        assert before_her * 0.02 > 1, "her turn must be more than a second away"
    assert "p149@example.org" not in arrived(relay)
    leaver.refresh_from_db()
    assert (leaver.state, leaver.reason) == (DeliveryState.SKIPPED, SkipReason.UNSUBSCRIBED)
    assert leaver.claim_id is None
    assert states(mailing) == {DeliveryState.ACCEPTED: 149, DeliveryState.SKIPPED: 1}


def test_whoever_asks_to_be_forgotten_during_the_send_is_named_nowhere(relay: Sink) -> None:
    mailing = half_sent(300)
    with sending(relay, seconds_a_mail=0.02):
        accepted = Delivery.objects.filter(state=DeliveryState.ACCEPTED)
        wait_until(accepted.exists, seconds=20, what="the first marks")
        sent = accepted.earliest("pk")
        waits = Delivery.objects.filter(state=DeliveryState.CLAIMED).latest("pk")
        for row in (sent, waits):
            assert row.contact is not None
            assert erasure.erase(contact=row.contact)
    assert waits.address not in arrived(relay)
    waits.refresh_from_db()
    assert (waits.state, waits.reason) == (DeliveryState.SKIPPED, SkipReason.ERASED)
    assert states(mailing) == {DeliveryState.ACCEPTED: 299, DeliveryState.SKIPPED: 1}
    nameless = Delivery.objects.filter(contact=None, address="")
    assert set(nameless.values_list("pk", flat=True)) == {sent.pk, waits.pk}
    assert not Claim.objects.exists()


def test_a_pause_reaches_the_connection_and_gives_the_rest_back(relay: Sink) -> None:
    mailing = half_sent(300)
    with sending(relay, seconds_a_mail=0.02):
        wait_until(lambda: len(arrived(relay)) > 3, seconds=20, what="the first mails")
        Mailing.objects.update(state=MailingState.PAUSED)
        time.sleep(2)
        stopped_at = len(arrived(relay))
        time.sleep(1)
        assert len(arrived(relay)) == stopped_at < 300
    assert states(mailing) == {
        DeliveryState.ACCEPTED: stopped_at,
        DeliveryState.READY: 300 - stopped_at,
    }
    assert not Claim.objects.exists()
    relay.script.rules = []
    Mailing.objects.update(state=MailingState.SENDING)
    assert engine.run(Lane.BULK) == 300 - stopped_at
    assert len(relay.accepted()) == len(arrived(relay)) == 300


def test_a_single_mail_is_not_behind_a_mailing(relay: Sink) -> None:
    half_sent(400)
    with sending(relay, seconds_a_mail=0.02):
        wait_until(lambda: len(arrived(relay)) > 3, seconds=20, what="the first mails")
        make_single()
        assert engine.run(Lane.NOW) == 1
        assert "single@example.org" in arrived(relay)
        assert len(arrived(relay)) < 100
        Mailing.objects.update(state=MailingState.CANCELLED)


def make_single() -> None:
    """A confirmation waiting to go."""
    body = DeliveryBody(subject="Please confirm", text="One button.", html="<p>One.</p>")
    store(kind="newsletters.confirm_subscription", to=Recipient("single@example.org"), body=body)
