"""The consent ledger."""

import pytest

from newsletters.models import ConsentAct, ConsentEvent, ConsentWording
from newsletters.services import consent
from tests.factories.newsletters import ContactFactory, MailingListFactory

pytestmark = pytest.mark.django_db


def test_the_same_words_are_one_version_and_new_words_the_next():
    first = consent.wording(purpose="form", language="en", text="I agree.")
    assert consent.wording(purpose="form", language="en", text="I agree.") == first
    second = consent.wording(purpose="form", language="en", text="I agree and more.")
    assert (first.version, second.version) == (1, 2)
    assert consent.wording(purpose="form", language="de", text="Ja.").version == 1
    assert consent.wording(purpose="form", language="en", text="I agree.") == first
    assert ConsentWording.objects.count() == 3


def test_a_line_of_the_ledger_outlives_the_person_and_the_list():
    contact, letters = ContactFactory(), MailingListFactory()
    consent.record(
        contact=contact,
        act=ConsentAct.WITHDRAWN,
        door=consent.Door(method="one-click"),
        mailing_list=letters,
    )
    key, slug = contact.address_key, letters.slug
    contact.delete()
    letters.delete()
    event = ConsentEvent.objects.get()
    assert event.contact is None
    assert (event.address_key, event.purpose, event.act) == (key, f"list {slug}", "withdrawn")


def test_long_words_of_a_door_are_cut_to_what_fits():
    letters = MailingListFactory(slug="x" * 80)
    event = consent.record(
        contact=ContactFactory(),
        act=ConsentAct.GRANTED,
        door=consent.Door(method="m" * 100, legal_basis="b" * 300),
        mailing_list=letters,
    )
    assert (len(event.method), len(event.legal_basis), len(event.purpose)) == (60, 200, 60)
