"""What the tests of petitions share: an open petition and a browser-like signer."""

import re

import pytest
from django.test import Client

from newsletters.models import Delivery
from tests.factories.newsletters import MailingListFactory, trap_fields
from tests.factories.petitions import PetitionFactory


@pytest.fixture
def petition(db):
    """An open petition that offers news."""
    return PetitionFactory(news_list=MailingListFactory(name="Letters from Karsh"))


@pytest.fixture
def form(petition):
    """``form(email=…)``: what a browser sends for this petition."""

    def fill(**changed):
        text = petition.texts.order_by("-version").first()
        return {
            "name": "Mira Orlen",
            "email": "mira@example.org",
            "country": "AT",
            "comment": "They are my neighbours.",
            "text": str(text.pk),
            "source": "",
            "asked": "",
            **trap_fields(),
        } | changed

    return fill


@pytest.fixture
def sign(petition, form):
    """``sign(email=…)``: send the form, as a browser without cookies does."""

    def send(**changed):
        meta = {"REMOTE_ADDR": changed.pop("ip", "198.51.100.7")}
        client = Client(enforce_csrf_checks=True)
        return client.post(f"/petitions/{petition.slug}/sign/", form(**changed), **meta)

    return send


class Mailbox:
    """What was queued for one address."""

    def __init__(self, address):
        self.address = address

    def mails(self):
        found = Delivery.objects.filter(address=self.address).order_by("pk")
        return list(found.select_related("body"))

    def kinds(self):
        return [mail.kind.partition(".")[2] for mail in self.mails()]

    def link(self, which):
        """The path of the newest "confirm" or "withdraw" link."""
        texts = [mail.body.text for mail in reversed(self.mails())]
        found = (re.search(rf"http://testserver(/petitions/{which}/\S+)", text) for text in texts)
        return next(match[1] for match in found if match)


@pytest.fixture
def mailbox():
    """``mailbox("mira@example.org").link("confirm")``."""
    return Mailbox


@pytest.fixture
def press():
    """``press(path)``: open the page behind a link, press its button; returns the answer."""

    def pressed(path, **changed):
        client = Client(enforce_csrf_checks=True)
        page = client.get(path).content.decode()
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page))
        return client.post(path, fields | changed)

    return pressed
