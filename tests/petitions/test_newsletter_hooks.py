"""Segments may ask who has signed."""

import json

import pytest

from newsletters.errors import SegmentRefused
from newsletters.models import Contact
from newsletters.ports import conditions, personal_data
from petitions.models import Signature
from petitions.newsletter_hooks import SIGNATURES, SIGNED_PETITION
from petitions.states import SignatureState
from tests.factories.newsletters import ContactFactory
from tests.factories.petitions import PetitionFactory, SignatureFactory


def emails(operator, value):
    found = Contact.objects.filter(SIGNED_PETITION.compile(operator, [str(value)]))
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
        SIGNED_PETITION.compile("is", [value])


def test_the_settings_know_the_condition(db):
    assert conditions()["signed_petition"] is SIGNED_PETITION


def test_what_a_signer_did_is_told_held_and_erased_by_the_keys_of_her_addresses(
    db, django_assert_max_num_queries
):
    first, second = PetitionFactory.create_batch(2)
    row = SignatureFactory(petition=first, state=SignatureState.IGNORED, comment="For Mira.")
    other = SignatureFactory(petition=second, email="second@example.net")
    waiting = SignatureFactory(email="second@example.net", state=SignatureState.PENDING)
    stranger = SignatureFactory(petition=first)
    keys = [row.address_key, other.address_key]
    with django_assert_max_num_queries(1):
        moments = SIGNATURES.moments(keys)
    assert [moment.words.partition(": ")[2] for moment in moments] == [
        "waiting for confirmation",
        "counted",
        "confirmed but not counted",
    ]
    assert moments[2].url == f"/staff/petitions/{first.pk}/signatures/"
    held = SIGNATURES.held(keys)
    assert json.dumps(held)
    # How false signatures are found is not told.
    assert held[2]["State"] == "counted"
    assert held[2]["Comment"] == "For Mira."
    assert SIGNATURES.erase(keys) == 3
    assert SIGNATURES.erase(keys) == 0
    assert SIGNATURES.held(keys) == []
    assert SIGNATURES.moments(keys) == []
    assert not Signature.objects.filter(pk=waiting.pk).exists()
    row.refresh_from_db()
    assert (row.name, row.email, row.comment, row.state) == ("", "", "", SignatureState.IGNORED)
    stranger.refresh_from_db()
    assert stranger.email


def test_the_settings_know_every_holder_of_personal_data():
    assert [holder.name for holder in personal_data()] == ["signatures", "letters", "rsvps"]
