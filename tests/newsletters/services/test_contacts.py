"""Finding and creating people."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletters import addresses
from newsletters.errors import EditedMeanwhile
from newsletters.models import ActKind, ConsentAct, Contact, OtherAddress, StaffAct, Tag
from newsletters.selectors import contacts as selectors
from newsletters.services import consent, contacts
from newsletters.services.contacts import Details, Profile
from tests.factories.newsletters import ContactFactory, DeliveryFactory, UserFactory

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


def test_an_edit_writes_what_changed_and_who_changed_it_without_a_value():
    anna, user = ContactFactory(attributes={"old": "x", "size": "S"}), UserFactory()
    details = Details(
        given_name="Anja",
        family_name=anna.family_name,
        language="de",
        country="AT",
        attributes={"size": None, "born": "2000-01-02", "shoe": None},
        tags=("vigil",),
    )
    changed = contacts.edit(contact=anna, details=details, seen=anna.updated_at, by=user)
    assert changed == ["given_name", "language", "field_size", "field_born", "tags"]
    stale = anna.updated_at
    anna.refresh_from_db()
    assert (anna.given_name, anna.language) == ("Anja", "de")
    assert anna.attributes == {"old": "x", "born": "2000-01-02"}
    assert [tag.name for tag in anna.tags.all()] == ["vigil"]
    act = StaffAct.objects.get()
    assert (act.kind, act.by, act.details) == (ActKind.EDITED, user, {"fields": changed})
    # The same again changes nothing; who comes with what they saw before is told.
    assert contacts.edit(contact=anna, details=details, seen=anna.updated_at, by=user) == []
    assert StaffAct.objects.count() == 1
    with pytest.raises(EditedMeanwhile):
        contacts.edit(contact=anna, details=Details(), seen=stale, by=user)


def test_people_without_a_key_for_doubles_get_one_in_pieces(monkeypatch):
    monkeypatch.setattr(contacts, "CHUNK", 2)
    ContactFactory(email="a.nna@gmail.com")
    ContactFactory(email="anna+x@gmail.com")
    odd = ContactFactory(email="not one address")
    assert contacts.fill_person_keys() == 3
    assert contacts.fill_person_keys() == 0
    assert Contact.objects.values("person_key").distinct().count() == 2
    odd.refresh_from_db()
    assert odd.person_key == odd.address_key
