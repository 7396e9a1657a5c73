"""The letter as it lies on the wire: sent by the engine into the local outbox."""

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Letter
from campaigns.services import letters
from newsletters.models import Delivery
from newsletters.sending import engine, outbox
from newsletters.states import DeliveryState, Lane
from tests.factories.campaigns import ActionFactory
from tests.journeys.test_act import filled_in, link_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(settings, tmp_path):
    """Everything the engine sends from now on: ``sent()`` by recipient."""
    settings.OUTBOX_ROOT = tmp_path / "outbox"
    settings.JOURNAL_ROOT = tmp_path / "journal"
    settings.SITE_NAME = "Free Karsh"

    def send():
        engine.run(Lane.NOW)
        return {mail.recipient: mail.message for mail in reversed(list(outbox.each()))}

    return send


def test_a_letter_reaches_the_office_as_a_personal_mail(sent, settings):
    action = ActionFactory()
    client = Client()
    write = reverse("campaigns:letter_write", args=[action.slug])
    client.post(write, filled_in(action, name="Änna “Mira” Marku"))
    asked = sent()["anna@example.org"]
    assert asked["Auto-Submitted"] == "auto-generated"
    client.post(link_in(Delivery.objects.get()))

    mail = sent()[action.targets.get().email]

    assert Delivery.objects.get(letter=Letter.objects.get()).state == DeliveryState.ACCEPTED
    assert mail["Reply-To"] == "anna@example.org"
    sender = mail["From"].addresses[0]
    assert sender.addr_spec == settings.MAIL_FROM
    assert sender.display_name == "Änna “Mira” Marku via Free Karsh"
    assert mail["To"].addresses[0].addr_spec == action.targets.get().email
    assert mail["Subject"] == "A doctor for Mira Osk"
    for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Auto-Submitted"):
        assert name not in mail
    for name in ("From", "To", "Reply-To", "Subject", "Date", "Message-ID"):
        assert len(mail.get_all(name)) == 1
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert text.startswith("Dear Governor Tarn,\n\nI am a nurse myself.")
    assert "<p>Dear Governor Tarn,</p>" in mail.get_body(("html",)).get_content()
    assert "http" not in text


def test_thanks_and_repeats_are_sent_in_words(sent):
    action = ActionFactory()
    client = Client()
    write = reverse("campaigns:letter_write", args=[action.slug])
    client.post(write, filled_in(action))
    client.post(link_in(Delivery.objects.get()))
    thanks = sent()["anna@example.org"]
    assert thanks["Subject"] == "Thank you: your letter is on its way"
    body = thanks.get_body(("plain",)).get_content()
    assert letters.action_url(action) in body
    assert "https://wa.me/?text=Let%20the%20nurse" in body.replace("=\n", "")

    client.post(write, filled_in(action))
    again = sent()["anna@example.org"]
    assert again["Subject"] == "Your letter has been sent already"
    assert "did not send a second one" in again.get_body(("html",)).get_content()
