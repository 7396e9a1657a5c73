"""Other spellings of a mailbox go with whoever asks to be forgotten, and nobody else does."""

import pytest

from newsletters.addresses import parse, person_key
from newsletters.models import Contact, Suppression
from newsletters.services import erasure
from newsletters.states import SuppressionReason
from tests.factories.newsletters import ContactFactory

pytestmark = pytest.mark.django_db


def test_who_is_named_along_with_her_goes_only_from_her_own_mailbox():
    thea, other = ContactFactory(email="thea.q@gmail.com"), ContactFactory()
    also = ContactFactory(email="theaq@gmail.com", person_key=person_key(parse("theaq@gmail.com")))
    assert erasure.erase(contact=thea, also=[also.pk, other.pk])
    assert list(Contact.objects.all()) == [other]
    assert Suppression.objects.filter(reason=SuppressionReason.ERASED).count() == 2


def test_who_was_kept_before_addresses_were_read_strictly_is_forgotten_too():
    odd = ContactFactory(email="not one address")
    assert erasure.erase(contact=odd)
    assert not Contact.objects.exists()
    assert Suppression.objects.get().address_key == odd.address_key
