"""A text that cannot be made: one reader is passed over, many stop the mailing."""

import pytest

from newsletters.models import Claim, Delivery
from newsletters.sending import engine
from newsletters.sending.breaker import MOST
from newsletters.sending.replies import Fate
from newsletters.services import mailings
from newsletters.states import DeliveryState, Lane, MailingState, SkipReason
from tests.infra.mail import Post
from tests.stories import half_sent, states

pytestmark = pytest.mark.django_db(transaction=True)


def spoil(count: int) -> None:
    """The text of the first ``count`` rows is a variant that nobody froze."""
    first = Delivery.objects.order_by("pk").values("pk")[:count]
    Delivery.objects.filter(pk__in=first).update(variant="gone")


def test_one_reader_whose_text_cannot_be_made_does_not_stop_the_others(post: Post) -> None:
    mailing = half_sent(40)
    spoil(1)

    assert len(post.deliver()) == 39

    passed_over = Delivery.objects.get(state=DeliveryState.SKIPPED)
    assert passed_over.reason == SkipReason.RENDER
    assert mailings.finish_done() == 1
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SENT


def test_more_than_one_in_a_hundred_unmade_texts_pause_the_mailing(post: Post) -> None:
    mailing = half_sent(700)
    spoil(300)

    left = len(post.deliver())

    mailing.refresh_from_db()
    assert mailing.state == MailingState.PAUSED
    assert "more than one in a hundred" in mailing.pause_reason
    found = states(mailing)
    assert MOST[Fate.UNRENDERED] < found[DeliveryState.SKIPPED] < 20
    assert left < 10, "what another connection had in its hands"
    assert found[DeliveryState.READY] == 700 - left - found[DeliveryState.SKIPPED]
    assert not Claim.objects.exists()
    assert engine.run(Lane.BULK) == 0


def test_as_many_among_thousands_pause_nothing(post: Post) -> None:
    mailing = half_sent(900)
    for pk in Delivery.objects.order_by("pk").values_list("pk", flat=True)[::150]:
        Delivery.objects.filter(pk=pk).update(variant="gone")

    assert len(post.deliver()) == 894

    mailing.refresh_from_db()
    assert mailing.state == MailingState.SENDING


def test_of_several_who_pause_it_one_does(post: Post) -> None:
    mailing = half_sent(1)
    assert mailings.pause_for_rendering(mailing_id=mailing.pk)
    assert not mailings.pause_for_rendering(mailing_id=mailing.pk)
    assert not mailings.pause_for_refusals(mailing_id=mailing.pk)
    assert not mailings.pause_for_refusals(mailing_id=mailing.pk + 1)
    mailing.refresh_from_db()
    assert "could not be made" in mailing.pause_reason
