"""One person goes through every door there is, and the ledger of consents tells it all."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from newsletters import tokens
from newsletters.models import ConsentEvent, Contact, Delivery, DeliveryBody
from newsletters.selectors import lists as lists_selector
from newsletters.services import imports, incoming, links, suppressions
from newsletters.states import SuppressionReason
from tests.factories.newsletters import (
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    UserFactory,
    trap_fields,
)
from tests.factories.petitions import PetitionFactory
from tests.newsletters.imports.conftest import choices, upload

pytestmark = pytest.mark.django_db
ANNA = "anna@example.org"


class Anna:
    """A supporter and her mailbox."""

    def __init__(self):
        self.client = Client(enforce_csrf_checks=True)

    def press(self, path, **changed):
        page = self.client.get(path).text
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([\w-]+)">', page)
        return self.client.post(path, dict(hidden) | changed)

    def link(self, kind):
        text = DeliveryBody.objects.latest("pk").text
        # An hour later she may have the next mail.
        Delivery.objects.update(created_at=timezone.now() - timedelta(hours=2))
        return re.findall(rf"http://testserver(/{kind}/\S+)", text)[0]

    def signs_up(self, *chosen):
        form = {"email": ANNA, "name": "", "language": "en", **trap_fields()}
        self.client.post("/subscribe/", {**form, "lists": [row.pk for row in chosen]})

    def chooses(self, *chosen, **more):
        page = links.preferences_url(Contact.objects.get()).removeprefix("http://testserver")
        form = {"digest_frequency": "weekly", "language": "en", **more}
        self.client.post(page, {**form, "lists": [row.pk for row in chosen]})

    def mail_of(self, mailing_list):
        return DeliveryFactory(
            contact=Contact.objects.get(),
            mailing_list=mailing_list,
            mailing=MailingFactory(lists=[mailing_list]),
        )


def joins(anna, asking, plain, own_page, news, sheet):
    """By the form with and without a mail to answer, her own page, a petition, a sheet.

    Returns the petition and the import.
    """
    anna.signs_up(asking)
    anna.press(anna.link("c"))
    anna.signs_up(plain)
    anna.link("u")
    anna.chooses(own_page, plain)
    petition = PetitionFactory(news_list=news)
    text = petition.texts.latest("version")
    signs = {"name": "Anna", "email": ANNA, "country": "AT", "comment": "", "source": ""}
    anna.client.post(
        f"/petitions/{petition.slug}/sign/",
        {**signs, "text": text.pk, "asked": "", "wants_news": "on", **trap_fields()},
    )
    anna.press(anna.link("petitions/confirm"))
    job = upload(f"email\n{ANNA}\n", UserFactory())
    imports.map_columns(job=job, choices=choices(job, mailing_list=sheet))
    imports.check(job_id=job.pk)
    imports.go(job=job)
    imports.apply(job_id=job.pk)
    assert set(lists_selector.joined_by(Contact.objects.get())) == {own_page, plain, news, sheet}
    return petition, job


def leaves(anna, asking, plain, own_page, news, sheet):
    """By telephone, one click, the page, a mail, her own page, and a complaint."""
    contact = Contact.objects.get()
    staff = Client()
    staff.force_login(UserFactory(permissions=["newsletters.change_contact"]))
    staff.post(f"/staff/people/{contact.pk}/take-off/", {"mailing_list": news.pk})
    one_click = f"/u/{links.unsubscribe_token(anna.mail_of(plain))}/"
    anna.client.post(one_click, {"List-Unsubscribe": "One-Click"})
    anna.press(f"/u/{links.unsubscribe_token(anna.mail_of(own_page))}/")
    token = tokens.seal_local(tokens.LEAVE_BY_MAIL, anna.mail_of(sheet).pk)
    incoming.receive(b"Subject: leave\r\n\r\n", recipient=f"leave+{token}@testserver")
    assert not lists_selector.joined_by(contact).exists()
    anna.chooses(asking)
    anna.chooses(leave="everything")
    anna.chooses(asking)
    suppressions.suppress(address_key=contact.address_key, reason=SuppressionReason.COMPLAINED)


def test_every_door_writes_when_which_words_in_which_language_and_how(private_files):
    names = ("asking", "plain", "own-page", "news", "sheet")
    lists = [MailingListFactory(slug=name, double_opt_in=name != "plain") for name in names]
    anna = Anna()
    petition, job = joins(anna, *lists)
    leaves(anna, *lists)

    ledger = ConsentEvent.objects.select_related("wording").order_by("pk")
    assert [(row.act, row.purpose.removeprefix("list "), row.method) for row in ledger] == [
        ("requested", "asking", "subscribe form"),
        ("granted", "asking", "confirmation mail"),
        ("granted", "plain", "subscribe form"),
        ("granted", "own-page", "preferences page"),
        ("withdrawn", "asking", "preferences page"),
        ("granted", "news", f"petition {petition.pk}"),
        ("granted", "sheet", f"import {job.pk}"),
        ("withdrawn", "news", "staff"),
        ("withdrawn", "plain", "one-click"),
        ("withdrawn", "own-page", "unsubscribe page"),
        ("withdrawn", "sheet", "leave mail"),
        ("granted", "asking", "preferences page"),
        ("withdrawn", "asking", "preferences page"),
        ("withdrawn", "everything", "preferences page"),
        ("granted", "asking", "preferences page"),
        ("withdrawn", "everything", "spam complaint"),
    ]
    contact = Contact.objects.get()
    for row in ledger:
        assert row.contact == contact
        assert row.address_key == contact.address_key
        assert row.happened_at
        if row.act != "withdrawn":
            assert row.legal_basis.partition(":")[0] == "consent"
            assert row.wording is not None
            assert (row.wording.text != "", row.wording.language) == (True, "en")
