"""Segments may ask who has signed."""

import pytest

from newsletters.errors import SegmentRefused
from newsletters.models import Contact
from newsletters.ports import conditions
from petitions.newsletter_hooks import SIGNED_PETITION
from petitions.states import SignatureState
from tests.factories.newsletters import ContactFactory
from tests.factories.petitions import PetitionFactory, SignatureFactory


def emails(operator, value):
    found = Contact.objects.filter(SIGNED_PETITION.compile(operator, str(value)))
    return sorted(found.values_list("email", flat=True))


def test_has_signed_and_has_not_signed_part_everybody_in_two(db):
    petition, other = PetitionFactory.create_batch(2)
    for state in SignatureState:
        ContactFactory(email=f"{state}@example.org")
        SignatureFactory(petition=petition, state=state, email=f"{state}@example.org")
    ContactFactory(email="never@example.org")
    SignatureFactory(petition=other, email="never@example.org")
    # Who is set aside believes that she has signed, and is not asked again.
    assert emails("is", petition.pk) == ["counted@example.org", "ignored@example.org"]
    assert len(emails("is_not", petition.pk)) == 4
    assert emails("is", other.pk) == ["never@example.org"]


def test_drafts_are_not_offered(db):
    PetitionFactory(state="draft")
    petition = PetitionFactory()
    assert SIGNED_PETITION.choices() == [(str(petition.pk), petition.texts.get().title)]


@pytest.mark.parametrize("value", ["", "x", "-1", "1 OR 1=1", "²", "9" * 40])
def test_a_value_that_is_no_petition_is_refused(value):
    with pytest.raises(SegmentRefused):
        SIGNED_PETITION.compile("is", value)


def test_an_unknown_operator_is_refused():
    with pytest.raises(SegmentRefused):
        SIGNED_PETITION.compile("like", "1")


def test_the_settings_know_the_condition():
    assert conditions()["signed_petition"] is SIGNED_PETITION
