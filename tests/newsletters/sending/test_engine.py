"""The engine against the outbox and a real SMTP server."""

import time
from email import message_from_bytes, policy

import pytest
from pytest_django import Settings

from newsletters import tokens
from newsletters.models import Claim, Delivery, Mailing, Suppression
from newsletters.sending import engine
from newsletters.services import mailings, subscriptions
from newsletters.states import DeliveryState, Lane, MailingState, SkipReason
from tests.infra.mail import Post
from tests.sink import Sink
from tests.stories import half_sent, states

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_mailing_reaches_everybody_once_through_the_outbox(post: Post) -> None:
    mailing = half_sent(250)
    mails = post.deliver()
    assert sorted(mail.recipient for mail in mails) == sorted(
        f"p{n}@example.org" for n in range(250)
    )
    assert states(mailing) == {DeliveryState.ACCEPTED: 250}
    assert not Claim.objects.exists()
    assert "Dear Person 7," in next(m for m in mails if m.recipient == "p7@example.org").text


def test_mail_leaves_while_the_list_is_still_being_made(post: Post) -> None:
    mailing = half_sent(30)
    Mailing.objects.update(state=MailingState.EXPANDING, started_at=None, total=0)
    assert len(post.deliver()) == 30
    mailing.refresh_from_db()
    assert mailing.state == MailingState.EXPANDING
    assert mailings.finish_done() == 0, "there may be more to come"


def test_a_mail_of_a_mailing_carries_every_header_a_provider_asks_for(post: Post) -> None:
    half_sent(1)
    message = post.deliver()[0].message
    assert message["From"] == "Free Mira <campaign@testserver>"
    assert message["To"] == "p0@example.org"
    assert message["Date"].datetime is not None
    assert message["Message-ID"].endswith("@testserver>")
    assert message["List-Id"] == "Appeals <appeals.testserver>"
    https, mailto = (part.strip() for part in message["List-Unsubscribe"].split(","))
    assert https.startswith("<http://testserver/u/")
    assert mailto.startswith("<mailto:leave+")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.get_content_type() == "multipart/alternative"


def test_a_mailing_goes_out_pipelined_over_smtp(smtp_sink: Sink, settings: Settings) -> None:
    settings.MAIL_URL = f"smtp://127.0.0.1:{smtp_sink.port}?tls=none"
    mailing = half_sent(450)
    assert engine.run(Lane.BULK) == 450
    assert states(mailing) == {DeliveryState.ACCEPTED: 450}
    accepted = smtp_sink.accepted()
    assert len(accepted) == len(set(accepted)) == 450


def test_the_same_delivery_is_the_same_bytes_when_it_is_sent_again(
    smtp_sink: Sink, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL_URL = f"smtp://127.0.0.1:{smtp_sink.port}?tls=none"
    half_sent(1)
    engine.run(Lane.BULK)
    Delivery.objects.update(state=DeliveryState.READY)
    # Links carry the hour they were made; a resend comes ten minutes or hours later.
    monkeypatch.setattr(tokens, "this_hour", lambda: int(time.time()) // 3600 + 5)
    engine.run(Lane.BULK)
    first, second = (message.data for message in smtp_sink.messages)
    assert first == second
    assert message_from_bytes(first, policy=policy.default)["Message-ID"]


def test_whoever_left_after_the_mailing_was_planned_gets_nothing(post: Post) -> None:
    mailing = half_sent(3)
    leaver, blocked, _ = Delivery.objects.order_by("pk")
    assert leaver.contact
    subscriptions.leave(contact=leaver.contact, lists=mailing.lists.all(), method="preferences")
    Suppression.objects.create(
        address_key=blocked.address_key, scope="all", reason="blocked", since=blocked.due_at
    )
    assert [mail.recipient for mail in post.deliver()] == ["p2@example.org"]
    leaver.refresh_from_db()
    blocked.refresh_from_db()
    assert (leaver.state, leaver.reason) == (DeliveryState.SKIPPED, SkipReason.UNSUBSCRIBED)
    assert (blocked.state, blocked.reason) == (DeliveryState.SKIPPED, SkipReason.SUPPRESSED)
