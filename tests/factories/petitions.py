"""Invented petitions and signers."""

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from newsletters.addresses import address_key, parse, person_key
from petitions.models import Petition, PetitionText, Signature
from petitions.states import PetitionState, SignatureState


class PetitionFactory(DjangoModelFactory):
    """An open petition with an English text; ``texts=["fa"]`` adds more languages."""

    class Meta:
        model = Petition
        skip_postgeneration_save = True

    state = PetitionState.OPEN
    slug = factory.Sequence(lambda number: f"free-the-nine-{number}")
    addressee = "the Minister of Justice of Karsh"
    started_by = "the Harbour Committee"

    @factory.post_generation
    def texts(self, _create, extracted, **_kwargs):
        for language in [self.default_language, *(extracted or ())]:
            PetitionTextFactory(petition=self, language=language)


class PetitionTextFactory(DjangoModelFactory):
    """The first version in English."""

    class Meta:
        model = PetitionText

    petition = factory.SubFactory(PetitionFactory)
    language = "en"
    title = factory.LazyAttribute(lambda text: f"Reopen the harbour case ({text.language})")
    summary = "Nine dockers were sentenced behind closed doors."
    demand = "That the case is reopened.\n\nThat the nine are released."
    background = "The appeal window closes soon."
    thanks = "You stand with nine families."


class SignatureFactory(DjangoModelFactory):
    """A confirmed and not yet counted signature."""

    class Meta:
        model = Signature

    petition = factory.SubFactory(PetitionFactory)
    state = SignatureState.COUNTED
    name = factory.Sequence(lambda number: f"Mira Orlen {number}")
    email = factory.Sequence(lambda number: f"signer{number}@example.org")
    address_key = factory.LazyAttribute(lambda row: address_key(row.email))
    person_key = factory.LazyAttribute(lambda row: person_key(parse(row.email)))
    text = factory.LazyAttribute(lambda row: row.petition.texts.order_by("-version").first())
    language = "en"
    confirmed_at = factory.LazyAttribute(
        lambda row: None if row.state == SignatureState.PENDING else timezone.now()
    )
