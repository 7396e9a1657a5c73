"""A mailing that counts, from the switch to the end of its reader; and one that does not."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import time_machine
from django.utils import timezone

from newsletters.models import Contact, DeliveryEvent
from newsletters.selectors import tracking as selector
from newsletters.sending import engine
from newsletters.services import erasure, expansion, mailings, tracking
from newsletters.states import Lane
from tests.factories.newsletters import (
    ContactFactory,
    MailingFactory,
    MailingListFactory,
    MailingTextFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.infra.mail import Mail

BROWSER = "Mozilla/5.0 (Linux; Android 16) Mobile Safari/537.36"
WRITE = "https://example.org/act/12"
OWN = r"https?://(?!testserver/)"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def installation(settings, smtp_sink):
    settings.POSTAL_ADDRESS = "1 Square\nOrrin"
    settings.TRACKING = True
    settings.MAIL_URL = f"smtp://127.0.0.1:{smtp_sink.port}?tls=none"


def sent(sink, *, counts):
    """A mailing to one reader, out at a real relay: the mailing, and the source of her mail."""
    karsh = MailingListFactory()
    SubscriptionFactory(mailing_list=karsh, contact=ContactFactory(email="dana@example.org"))
    mailing = MailingFactory(lists=[karsh])
    blocks = [
        {"type": "text", "html": f'<p>Read <a href="{WRITE}">this</a>.</p>'},
        {"type": "button", "words": "Write now", "url": WRITE},
    ]
    MailingTextFactory(mailing=mailing, blocks=blocks)
    if counts:
        tracking.switch(mailing=mailing, opens=True, clicks=True)
    by = UserFactory(permissions=["newsletters.approve_mailing"])
    mailings.approve(mailing=mailing, by=by)
    mailings.send_now(mailing=mailing, by=by)
    expansion.expand(mailing_id=mailing.pk)
    engine.run(Lane.BULK)
    mail = Mail(message_from_bytes(sink.messages[0].data, policy=default), "dana@example.org")
    return mailing, mail.html, mail.text


def test_what_is_counted_is_followed_counted_and_forgotten(client, smtp_sink):
    mailing, html, text = sent(smtp_sink, counts=True)
    assert re.findall(rf'(?:href|src)="{OWN}', html) == []
    assert WRITE not in html + text
    assert "which of its links are followed" in text
    links = set(re.findall(r"http://testserver(/l/[^\s\")>]+)", html + text))
    (picture,) = re.findall(r'<img src="http://testserver(/o/[^"]+)"', html)
    (link,) = links
    later = timezone.now() + timedelta(hours=3)
    with time_machine.travel(later):
        assert client.get(picture, headers={"User-Agent": BROWSER}).status_code == 200
        assert client.get(link, headers={"User-Agent": BROWSER})["Location"] == WRITE
    figures = selector.figures(mailing)
    assert (figures.opened, figures.clicked, figures.links) == (1, 1, [(WRITE, 1)])
    erasure.erase(contact=Contact.objects.get())
    assert not DeliveryEvent.objects.exists()
    with time_machine.travel(later):
        assert client.get(link, headers={"User-Agent": BROWSER})["Location"] == WRITE
    assert not DeliveryEvent.objects.exists()


def test_what_is_not_counted_holds_no_picture_and_no_link_of_ours(smtp_sink):
    mailing, html, text = sent(smtp_sink, counts=False)
    assert html.count(f'href="{WRITE}"') == 2
    assert text.count(WRITE) == 2
    assert "<img" not in html
    assert not re.search(r"/[lo]/", re.sub(r"/[up]/[\w-]+/", "", html + text).replace("</", ""))
    assert not mailing.tracked_links.exists()
