"""Writing a petition: who came second is told."""

import pytest

from petitions.errors import SlugTaken
from petitions.models import Petition
from petitions.services import petitions
from petitions.services.petitions import Words
from tests.factories.petitions import PetitionFactory

WORDS = Words(title="Free the nine", summary="Nine are held.", demand="Let them go.")


def test_an_address_taken_in_the_meantime_is_refused_and_nothing_is_kept(db):
    PetitionFactory(slug="free-the-nine")
    with pytest.raises(SlugTaken):
        petitions.create(settings={"slug": "free-the-nine", "addressee": "x"}, words=WORDS)
    draft = petitions.create(settings={"slug": "another", "addressee": "x"}, words=WORDS)
    with pytest.raises(SlugTaken):
        petitions.change(petition=draft, settings={"slug": "free-the-nine"})
    assert sorted(Petition.objects.values_list("slug", flat=True)) == ["another", "free-the-nine"]
