"""Finding and creating people."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletters import addresses
from newsletters.models import ConsentAct, Contact, OtherAddress, Tag
from newsletters.selectors import contacts as selectors
from newsletters.services import consent, contacts
from newsletters.services.contacts import Profile
from tests.factories.newsletters import ContactFactory, DeliveryFactory

pytestmark = pytest.mark.django_db
SOON = timezone.now() + timedelta(days=365)


def test_one_address_is_one_person_in_whatever_case_it_is_typed():
    first = contacts.find_or_create(address=addresses.parse("Anna@Example.ORG"))
    second = contacts.find_or_create(address=addresses.parse("anna@example.org"))
    assert first == second
    assert first.address_key == addresses.address_key(first.email)


def test_gaps_are_filled_and_nothing_is_overwritten():
    known = ContactFactory(given_name="Anna", family_name="")
    contacts.find_or_create(
        address=addresses.parse(known.email),
        profile=Profile(given_name="Other", family_name="Marku"),
    )
    known.refresh_from_db()
    assert (known.given_name, known.family_name) == ("Anna", "Marku")


def test_gaps_are_not_filled_by_who_did_not_prove_the_address():
    known = ContactFactory(family_name="")
    contacts.find_or_create(
        address=addresses.parse(known.email), profile=Profile(family_name="WIN"), proved=False
    )
    known.refresh_from_db()
    assert known.family_name == ""


def stranger():
    contact = ContactFactory()
    consent.record(contact=contact, act=ConsentAct.REQUESTED, door=consent.Door(method="form"))
    return contact


def test_only_who_came_by_an_unconfirmed_request_and_nothing_else_is_forgotten():
    forgotten = stranger()
    imported = ContactFactory()
    tagged = stranger()
    tagged.tags.add(Tag.objects.create(name="met at the vigil"))
    written_to = DeliveryFactory(contact=stranger()).contact
    agreed = stranger()
    consent.record(contact=agreed, act=ConsentAct.GRANTED, door=consent.Door(method="form"))
    older = stranger()
    Contact.objects.filter(pk=older.pk).update(created_at=timezone.now() - timedelta(days=100))
    assert contacts.forget_strangers(before=SOON) == 1
    assert set(Contact.objects.all()) == {imported, tagged, written_to, agreed, older}
    assert not Contact.objects.filter(pk=forgotten.pk).exists()


def test_many_are_forgotten_in_chunks(monkeypatch):
    monkeypatch.setattr(contacts, "CHUNK", 2)
    for _ in range(5):
        stranger()
    assert contacts.forget_strangers(before=SOON) == 5


def test_a_further_address_leads_to_the_person_who_has_it():
    anna = ContactFactory(given_name="Anna")
    other = addresses.parse("Anna@Second.example")
    OtherAddress.objects.create(
        contact=anna,
        email=other.canonical,
        email_typed=other.typed,
        address_key=addresses.address_key(other.canonical),
    )
    assert contacts.find_or_create(address=addresses.parse("anna@SECOND.example")) == anna
    assert Contact.objects.count() == 1
    keys = selectors.keys_of(anna)
    assert keys == [anna.address_key, addresses.address_key("anna@second.example")]
    assert selectors.by_address(addresses.parse("nobody@example.org")) is None


def test_spellings_of_one_mailbox_share_a_key_for_finding_doubles():
    for text in ("a.nna@gmail.com", "anna+list@gmail.com"):
        contacts.find_or_create(address=addresses.parse(text))
    assert len(set(Contact.objects.values_list("person_key", flat=True))) == 1
