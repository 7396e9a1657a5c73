"""What leaves: how many mails a call, and what of each arrives at six providers."""

from email.utils import formataddr
from html import unescape

import pytest

from newsletters import tokens
from newsletters.models import Contact, Delivery, DeliveryBody, MailingVersion
from newsletters.sending import engine, pace
from newsletters.sending.esp import session
from newsletters.services.outgoing import Recipient, store
from newsletters.states import DeliveryState, Lane
from tests.newsletters.sending.esp.situations import ACCEPTED, Start, every
from tests.stories import half_sent, states

# How an answer is read; test_doubt.py sees what becomes of its rows on both engines.
pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


@every
def test_everybody_gets_the_mail_once_and_a_call_carries_what_it_may(
    start: Start, name: str
) -> None:
    provider = start(name)
    mailing = half_sent(112)
    assert engine.run(Lane.BULK) == 112
    assert states(mailing) == {ACCEPTED: 112}
    assert provider.copies() == {f"p{n}@example.org": 1 for n in range(112)}
    full, rest = divmod(112, provider.api.size)
    assert provider.calls == [provider.api.size] * full + [rest] * bool(rest)


@every
def test_two_single_mails_to_one_person_both_arrive(start: Start, name: str) -> None:
    provider = start(name)
    for subject in ("Please confirm", "Your letter"):
        body = DeliveryBody(subject=subject, text=f"{subject}.", html=f"<p>{subject}.</p>")
        store(kind="newsletters.confirm_subscription", to=Recipient("a@example.org"), body=body)
    assert engine.run(Lane.NOW) == 2
    assert {letter.subject for letter in provider.taken} == {"Please confirm", "Your letter"}
    for letter in provider.taken:
        assert letter.text.strip() == f"{letter.subject}."
        assert "List-Unsubscribe" not in letter.headers
    assert len({letter.delivery for letter in provider.taken}) == 2


def test_a_call_carries_no_more_text_than_it_should(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "HEAVY", 25_000)
    provider = start("postmark")
    half_sent(5, filler="<p>" + "x" * 10_000 + "</p>")
    assert engine.run(Lane.BULK) == 5
    assert provider.calls == [3, 2]


def test_a_provider_that_thinks_for_long_gets_as_many_mails_a_call(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "TARPIT_SECONDS", 0.05)
    provider = start("postmark")
    provider.slow = 0.1
    half_sent(120)
    assert engine.run(Lane.BULK) == 120
    assert provider.calls == [50, 50, 20], "the receivers' pace is the provider's to find"


# Of our own headers: which the provider passes on, and which it replaces or refuses.
REPLACED = {
    "postmark": set(),
    "mailgun": set(),
    # SES takes the whole message, and puts its own Message-ID in the place of ours afterwards.
    "amazon_ses": set(),
    "resend": {"Message-ID"},
    "brevo": {"Message-ID"},
    "mailjet": {"Message-ID", "List-Id"},
}


@every
def test_a_mail_arrives_with_its_words_headers_and_delivery(start: Start, name: str) -> None:
    provider = start(name)
    half_sent(3, filler='<a href="{{ click_5 }}">Write</a>')
    MailingVersion.objects.update(
        sender=formataddr(("Öffnet, die Zelle", "campaign@testserver")),
        reply_to="office@testserver",
        headers={"Auto-Submitted": "auto-generated"},
    )
    engine.run(Lane.BULK)
    letter = next(letter for letter in provider.taken if letter.to == "p1@example.org")
    assert letter.sender == "Öffnet, die Zelle <campaign@testserver>"
    assert letter.subject == "Write for Mira Osk"
    assert letter.text.startswith("Dear Person 1,")
    assert "<p>Dear Person 1,</p>" in letter.html
    assert letter.delivery == str(Delivery.objects.get(address="p1@example.org").pk)
    counted = tokens.seal(tokens.CLICKED, int(letter.delivery), 5, 0)
    assert f'<a href="http://testserver/l/{counted}/">Write</a>' in letter.html
    assert not letter.tracked, "no pixel and no rewritten link of the provider"
    headers = letter.headers
    assert headers["Reply-To"] == "office@testserver"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["List-Unsubscribe"].startswith("<http://testserver/u/")
    assert ", <mailto:leave+" in headers["List-Unsubscribe"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    ours = {"Message-ID": "@testserver>", "List-Id": "<appeals.testserver>"}
    arrived = {field for field, end in ours.items() if headers.get(field, "").endswith(end)}
    assert set(ours) - arrived == REPLACED[name]


def test_brevo_gets_a_call_for_each_sender(start: Start) -> None:
    provider = start("brevo")
    mailing = half_sent(4)
    version = mailing.versions.get()
    version.pk, version.number, version.sender = None, 2, "Another <other@testserver>"
    version.save()
    later = Delivery.objects.order_by("-pk").values_list("pk", flat=True)[:2]
    Delivery.objects.filter(pk__in=list(later)).update(version=version)
    assert engine.run(Lane.BULK) == 4
    senders = [request.json()["sender"]["email"] for request in provider.requests]
    assert senders == ["campaign@testserver", "other@testserver"]
    assert provider.calls == [2, 2]


def test_what_somebody_wrote_is_no_template_to_brevo(start: Start) -> None:
    provider = start("brevo")
    half_sent(
        2, filler="<style>@media print{#top{color:red}}</style><p>{% raw %}{# 1 {% endraw %}</p>"
    )
    Contact.objects.update(given_name="{{ contact.SMS }} {% if")
    assert engine.run(Lane.BULK) == 2
    letter = provider.taken[0]
    assert letter.text.replace("\N{WORD JOINER}", "").startswith("Dear {{ contact.SMS }} {% if,")
    assert "<p>Dear {{ contact.SMS }} {% if,</p>" in unescape(letter.html)
    assert "@media print{ #top{color:red}}" in letter.html


@every
def test_an_address_the_provider_cannot_carry_is_held_with_the_reason(
    start: Start, name: str
) -> None:
    provider = start(name)
    mailing = half_sent(2)
    mailing.deliveries.filter(address="p0@example.org").update(address="büro@example.org")
    engine.run(Lane.BULK)
    carried = name == "mailgun"
    held = {} if carried else {DeliveryState.SKIPPED: 1}
    assert states(mailing) == {ACCEPTED: 2 if carried else 1, **held}
    assert len(provider.taken) == states(mailing)[ACCEPTED]
