"""What happened with one person, also with those who are part of her now."""

import pytest
from django.contrib.auth.models import User

from newsletters.models import ActKind, Contact
from newsletters.selectors import held, timeline
from newsletters.selectors.contacts import keys_of
from newsletters.services import acts, merges
from newsletters.services.merges import Pair
from tests.factories.newsletters import ContactFactory, UserFactory

pytestmark = pytest.mark.django_db


def note(contact: Contact, by: User, field: str) -> None:
    acts.note(kind=ActKind.EDITED, contact_id=contact.pk, by=by, details={"fields": [field]})


def edits(contact: Contact) -> list[str]:
    """Which fields staff edited, as her page tells; what she is sent says the same."""
    told = [item.words for item in timeline.of(contact, keys_of(contact)).items]
    staff = next(section for section in held.sections(contact, str) if section.name == "staff")
    assert len(list(staff.rows())) == sum("changed the profile" in words for words in told) + sum(
        "merge" in words for words in told
    )
    return [words.rpartition(": ")[2] for words in told if "changed the profile" in words]


def test_what_staff_did_with_somebody_goes_with_her_into_merges_and_out_again() -> None:
    by = UserFactory()
    first, second, third = ContactFactory.create_batch(3)
    note(first, by, "phone")
    note(second, by, "country")
    one = merges.merge(pair=Pair(second, first), choices={}, by=by)
    two = merges.merge(pair=Pair(third, second), choices={}, by=by)
    note(third, by, "language")
    assert edits(third) == ["language", "country", "phone"]
    back = merges.undo(merge=two, by=by)
    assert back is not None
    assert (edits(third), edits(back)) == (["language"], ["country", "phone"])
    merges.undo(merge=one, by=by)
    assert (edits(back), edits(first)) == (["country"], ["phone"])
