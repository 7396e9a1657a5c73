"""Invented people at risk, offices and urgent actions."""

from datetime import UTC, datetime, time, timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from campaigns.models import Case, Event, Letter, ModelLetter, Rsvp, Target, UrgentAction
from campaigns.states import ActionState, EventState, RsvpState
from newsletters.addresses import address_key, parse, person_key

MIDDLE = (
    "I write about {name}, a nurse held in {place} for {days_held} days without trial. "
    "I ask you to let her see a doctor of her own choice today."
)


def today():
    """The day in UTC, the zone of the factory's actions."""
    return timezone.now().date()


def moment(days, hour):
    """That hour of UTC so many days from today."""
    return datetime.combine(today() + timedelta(days=days), time(hour), tzinfo=UTC)


class CaseFactory(DjangoModelFactory):
    """A nurse, held for 412 days."""

    class Meta:
        model = Case

    name = "Mira Osk"
    slug = factory.Sequence(lambda number: f"mira-osk-{number}")
    pronouns = "she"
    role = "nurse and union delegate"
    place = "Prison 4 in Karsh"
    detained_on = factory.LazyFunction(lambda: today() - timedelta(days=412))
    charge = "Inciting an illegal strike"


class TargetFactory(DjangoModelFactory):
    """A prison governor with every way to be reached."""

    class Meta:
        model = Target

    office = "Governor of Prison 4"
    name = factory.Sequence(lambda number: f"Ilan Tarn {number}")
    salutations = factory.LazyFunction(
        lambda: {"en": "Dear Governor Tarn,", "de": "Sehr geehrter Herr Tarn,"}
    )
    email = factory.Sequence(lambda number: f"office{number}@prisons.example")
    postal_address = "12 Harbour Road\n4000 Orrin\nKarsh"


class ModelLetterFactory(DjangoModelFactory):
    """The letter for every target."""

    class Meta:
        model = ModelLetter

    action = factory.SubFactory("tests.factories.campaigns.ActionFactory", letters=[])
    language = "en"
    subject = "A doctor for {name}"
    middle = MIDDLE
    foot = "Yours faithfully,"


class ActionFactory(DjangoModelFactory):
    """Open for ten more days, with one target and an English letter for it.

    ``targets=[…]`` gives others, ``letters=["en", "de"]`` more languages.
    """

    class Meta:
        model = UrgentAction
        skip_postgeneration_save = True

    state = ActionState.OPEN
    number = factory.Sequence(lambda number: number + 1)
    year = 2026
    slug = factory.Sequence(lambda number: f"let-the-nurse-see-a-doctor-{number}")
    title = "Let the nurse see a doctor"
    case = factory.SubFactory(CaseFactory)
    summary = "Mira Osk is refused the insulin she has needed since childhood."
    demands = "That she sees a doctor of her own choice.\nThat she is released."
    write_until = factory.LazyFunction(lambda: today() + timedelta(days=10))

    @factory.post_generation
    def targets(self, _create, extracted, **_kwargs):
        self.targets.set([TargetFactory()] if extracted is None else extracted)

    @factory.post_generation
    def letters(self, _create, extracted, **_kwargs):
        for language in ["en"] if extracted is None else extracted:
            ModelLetterFactory(action=self, language=language)


class LetterFactory(DjangoModelFactory):
    """A letter that waits for its supporter."""

    class Meta:
        model = Letter

    action = factory.SubFactory(ActionFactory)
    target = factory.LazyAttribute(lambda letter: letter.action.targets.first())
    name = "Anna Marku"
    town = "Veldstad"
    email = factory.Sequence(lambda number: f"writer{number}@example.org")
    person_key = factory.LazyAttribute(lambda letter: person_key(parse(letter.email)))
    address_key = factory.LazyAttribute(lambda letter: address_key(letter.email))
    language = "en"
    subject = "A doctor for Mira Osk"
    body = "Dear Governor Tarn,\n\nLet Mira Osk see a doctor.\n\nYours faithfully,\nAnna Marku\n"


class EventFactory(DjangoModelFactory):
    """An announced vigil in three days, from six to eight in the evening by UTC, for everybody."""

    class Meta:
        model = Event

    state = EventState.ANNOUNCED
    title = "Vigil for Mira Osk"
    slug = factory.Sequence(lambda number: f"vigil-for-mira-osk-{number}")
    summary = "We bring candles and read her letters.\nChildren are welcome."
    town = "Veldstad"
    place = "Harbour Square, by the crane"
    starts_at = factory.LazyFunction(lambda: moment(3, 18))
    ends_at = factory.LazyAttribute(lambda event: event.starts_at + timedelta(hours=2))
    starts_local = factory.LazyAttribute(lambda event: f"{event.starts_at:%Y-%m-%dT%H:%M}")
    ends_local = factory.LazyAttribute(lambda event: f"{event.ends_at:%Y-%m-%dT%H:%M}")
    announced_at = factory.LazyFunction(timezone.now)


class RsvpFactory(DjangoModelFactory):
    """An answer that its person has not confirmed yet."""

    class Meta:
        model = Rsvp

    event = factory.SubFactory(EventFactory)
    name = "Anna Marku"
    email = factory.Sequence(lambda number: f"guest{number}@example.org")
    person_key = factory.LazyAttribute(lambda rsvp: person_key(parse(rsvp.email)))
    address_key = factory.LazyAttribute(lambda rsvp: address_key(rsvp.email))
    state = RsvpState.PENDING
    told = factory.LazyAttribute(lambda rsvp: rsvp.event.sequence)
    confirmed_at = factory.LazyAttribute(
        lambda rsvp: None if rsvp.state == RsvpState.PENDING else timezone.now()
    )
