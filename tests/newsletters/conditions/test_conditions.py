"""Every question a segment can ask, asked of people of whom one can tell the answer."""

import pytest

from campaigns.models import Event, Letter
from campaigns.services import rsvp_retention
from campaigns.states import EventState, LetterState, RsvpState
from newsletters.addresses import address_key
from newsletters.models import (
    ConsentEvent,
    ConsentWording,
    Contact,
    CustomField,
    ImportChange,
    ImportJob,
    Mailing,
    OtherAddress,
    Tag,
)
from newsletters.ports import Takes, conditions
from newsletters.selectors.segment_words import GAP
from newsletters.states import DeliveryState, ImportState, MailingState, SubscriptionState
from tests.factories.campaigns import (
    ActionFactory,
    EventFactory,
    LetterFactory,
    RsvpFactory,
    moment,
)
from tests.factories.newsletters import (
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    SubscriptionFactory,
)
from tests.factories.petitions import PetitionFactory, SignatureFactory
from tests.newsletters.conditions.asking import ago, day, person, who

pytestmark = pytest.mark.django_db


def test_every_question_has_a_gap_for_each_thing_it_takes():
    for condition in conditions().values():
        for question in condition.operators.values():
            assert str(question.words).count(GAP) == len(question.takes)
            assert Takes.SEVERAL not in question.takes[:-1]


def test_profile():
    person("ada", language="ru", country="KZ", postcode="AB12", phone="+4312")
    person("bo", language="", country="", given_name="", family_name="")
    Contact.objects.filter(email="bo@example.org").update(created_at=ago(40))
    assert who("language", "is", "ru") == {"ada"}
    assert who("language", "is_not", "ru") == {"bo"}
    assert who("language", "one_of", "ru", "en") == {"ada"}
    assert who("language", "empty") == {"bo"}
    assert who("country", "is", "KZ") == {"ada"}
    assert who("country", "is_not", "KZ") == {"bo"}
    assert who("country", "one_of", "KZ", "AT") == {"ada"}
    assert who("country", "empty") == {"bo"}
    assert who("postcode", "begins", "ab1") == {"ada"}
    assert who("postcode", "begins", "%") == set()
    assert who("postcode", "begins_not", "ab1") == {"bo"}
    assert who("postcode", "empty") == {"bo"}
    assert who("profile", "phone") == {"ada"}
    assert who("profile", "no_phone") == {"bo"}
    assert who("profile", "named") == {"ada"}
    assert who("profile", "nameless") == {"bo"}
    assert who("profile", "came_before", day(30)) == {"bo"}
    assert who("profile", "came_since", day(30)) == {"ada"}
    assert who("profile", "came_within", 30) == {"ada"}
    assert who("profile", "came_within", 41) == {"ada", "bo"}


def field(key, kind, choices=()):
    CustomField.objects.create(key=key, name=key.title(), kind=kind, choices=list(choices))
    return f"field_{key}"


def test_custom_fields_of_text():
    town = field("town", "text")
    person("ada", attributes={"town": "100% Örrin"})
    person("bo", attributes={"town": "Karsh"})
    person("cy", attributes={"town": ""})
    person("di", attributes={"town": None})
    person("ed")
    rest = {"cy", "di", "ed"}
    assert who(town, "is", "karsh") == {"bo"}
    assert who(town, "is_not", "karsh") == {"ada", *rest}
    assert who(town, "contains", "0%") == {"ada"}
    assert who(town, "contains", "_") == set()
    assert who(town, "contains_not", "ars") == {"ada", *rest}
    assert who(town, "known") == {"ada", "bo"}
    assert who(town, "empty") == rest


def test_custom_fields_of_numbers_days_and_truths():
    age, since, member = field("age", "number"), field("since", "date"), field("member", "yes_no")
    person("ada", attributes={"age": 9, "since": day(3), "member": True})
    person("bo", attributes={"age": 10.5, "since": day(300), "member": False})
    person("cy", attributes={"age": None, "since": None, "member": None})
    person("di")
    assert who(age, "equals", "10,5") == {"bo"}
    assert who(age, "equals", 9) == {"ada"}
    assert who(age, "less", 10) == {"ada"}
    assert who(age, "more", 9) == {"bo"}
    assert who(age, "between", 11, 9) == {"ada", "bo"}
    assert who(age, "empty") == {"cy", "di"}
    assert who(since, "before", day(3)) == {"bo"}
    assert who(since, "since", day(3)) == {"ada"}
    assert who(since, "within", 3) == {"ada"}
    assert who(since, "known") == {"ada", "bo"}
    assert who(member, "yes") == {"ada"}
    assert who(member, "no") == {"bo"}
    assert who(member, "empty") == {"cy", "di"}


def test_custom_fields_of_choices():
    size = field("size", "choice", ["S", "M", 'L "wide"'])
    skills = field("skills", "choices", ["cook", "водить", "x"])
    person("ada", attributes={"size": 'L "wide"', "skills": ["водить", "cook"]})
    person("bo", attributes={"size": "M", "skills": []})
    person("cy")
    assert who(size, "chosen", 'L "wide"') == {"ada"}
    assert who(size, "not_chosen", "M") == {"ada", "cy"}
    assert who(size, "one_of", "S", "M") == {"bo"}
    assert who(skills, "chosen", "водить") == {"ada"}
    assert who(skills, "not_chosen", "cook") == {"bo", "cy"}
    assert who(skills, "one_of", "x", "cook") == {"ada"}
    assert who(skills, "empty") == {"bo", "cy"}


def test_lists_and_tags():
    ada, bo, cy = person("ada"), person("bo"), person("cy")
    letters, press = MailingListFactory(), MailingListFactory()
    SubscriptionFactory(contact=ada, mailing_list=letters, confirmed_at=ago(3))
    SubscriptionFactory(contact=bo, mailing_list=letters, confirmed_at=ago(300))
    left = {"state": SubscriptionState.UNSUBSCRIBED, "confirmed_at": ago(2)}
    SubscriptionFactory(contact=cy, mailing_list=letters, **left)
    SubscriptionFactory(contact=cy, mailing_list=press, state=SubscriptionState.PENDING)
    assert who("on_list", "is", letters.pk) == {"ada", "bo"}
    assert who("on_list", "is_not", letters.pk) == {"cy"}
    assert who("on_list", "one_of", letters.pk, press.pk) == {"ada", "bo"}
    assert who("on_list", "joined_within", letters.pk, 30) == {"ada"}
    assert who("on_list", "left", letters.pk) == {"cy"}
    assert who("on_list", "none") == {"cy"}
    one, two = Tag.objects.create(name="press"), Tag.objects.create(name="stall")
    ada.tags.add(one, two)
    bo.tags.add(two)
    assert who("tag", "has", one.pk) == {"ada"}
    assert who("tag", "has_not", one.pk) == {"bo", "cy"}
    assert who("tag", "one_of", one.pk, two.pk) == {"ada", "bo"}
    assert who("tag", "none") == {"cy"}


def test_consent():
    ada, bo = person("ada"), person("bo")
    wording = ConsentWording.objects.create(text="Yes.", language="en", version=1, purpose="news")
    for contact, act, at in ((ada, "granted", ago(50)), (bo, "requested", ago(1))):
        ConsentEvent.objects.create(
            contact=contact,
            address_key=contact.address_key,
            purpose="news",
            act=act,
            wording=wording,
            method="form",
            legal_basis="Paper form 12",
            happened_at=at,
        )
    assert who("agreed", "to", wording.pk) == {"ada"}
    assert who("agreed", "not_to", wording.pk) == {"bo"}
    assert who("agreed", "within", 49) == set()
    assert who("agreed", "within", 51) == {"ada"}
    assert who("agreed", "before", day(40)) == {"ada"}
    assert who("agreed", "basis", "paper form") == {"ada"}
    assert who("agreed", "never") == {"bo"}


def test_signatures_and_letters_by_any_address_of_the_person():
    ada, bo, cy = person("ada"), person("bo"), person("cy")
    petition, action = PetitionFactory(), ActionFactory()
    signed = SignatureFactory(petition=petition, email="old@example.org", confirmed_at=ago(9))
    SignatureFactory(petition=petition, email=bo.email, confirmed_at=ago(90))
    SignatureFactory(petition=petition, email=cy.email, state="pending")
    assert who("signed_petition", "is", petition.pk) == {"bo"}
    OtherAddress.objects.create(
        contact=ada,
        email=signed.email,
        email_typed=signed.email,
        address_key=signed.address_key,
    )
    assert who("signed_petition", "is", petition.pk) == {"ada", "bo"}
    assert who("signed_petition", "is_not", petition.pk) == {"cy"}
    assert who("signed_petition", "one_of", petition.pk, 99) == {"ada", "bo"}
    assert who("signed_petition", "within", 30) == {"ada"}
    assert who("signed_petition", "ever") == {"ada", "bo"}
    assert who("signed_petition", "never") == {"cy"}
    LetterFactory(action=action, email=signed.email)
    LetterFactory(action=action, email=cy.email)
    Letter.objects.filter(email=signed.email).update(
        state=LetterState.CONFIRMED, confirmed_at=ago(3), email=""
    )
    assert who("wrote_letter", "is", action.pk) == {"ada"}
    assert who("wrote_letter", "is_not", action.pk) == {"bo", "cy"}
    assert who("wrote_letter", "within", 2) == set()
    assert who("wrote_letter", "ever") == {"ada"}
    assert who("wrote_letter", "never") == {"bo", "cy"}


def test_events():
    ada, bo, _cy = person("ada"), person("bo"), person("cy")
    vigil, past = EventFactory(starts_at=moment(3, 18)), EventFactory(starts_at=moment(-40, 18))
    OtherAddress.objects.create(
        contact=ada, email="a@example.net", address_key=address_key("a@example.net")
    )
    coming = {"state": RsvpState.COMING}
    RsvpFactory(event=vigil, email="a@example.net", **coming)
    RsvpFactory(event=past, email=bo.email, confirmed_at=ago(50), **coming)
    RsvpFactory(event=vigil, email=bo.email, state=RsvpState.WAITING)
    rsvp_retention.forget_names()
    assert who("comes_to_event", "is", vigil.pk) == {"ada"}
    assert who("comes_to_event", "is", past.pk) == {"bo"}
    assert who("comes_to_event", "is_not", vigil.pk) == {"bo", "cy"}
    assert who("comes_to_event", "waits", vigil.pk) == {"bo"}
    assert who("comes_to_event", "within", 40) == {"ada"}
    assert who("comes_to_event", "next", 5) == {"ada"}
    assert who("comes_to_event", "next", 1) == set()
    assert who("comes_to_event", "never") == {"cy"}
    Event.objects.filter(pk=vigil.pk).update(state=EventState.CALLED_OFF)
    assert who("comes_to_event", "next", 5) == set()
    EventFactory(state=EventState.DRAFT)
    assert set(dict(conditions()["comes_to_event"].choices())) == {str(vigil.pk), str(past.pk)}


def test_mailings_received():
    ada, bo, cy = person("ada"), person("bo"), person("cy")
    sent = {"state": MailingState.SENT, "started_at": ago(40)}
    old = MailingFactory(**sent, finished_at=ago(39))
    new = MailingFactory(**{**sent, "started_at": ago(4)}, finished_at=ago(3))
    accepted = {"state": DeliveryState.ACCEPTED}
    DeliveryFactory(mailing=old, contact=ada, accepted_at=ago(39), **accepted)
    DeliveryFactory(mailing=new, contact=bo, accepted_at=ago(4), **accepted)
    DeliveryFactory(mailing=new, contact=cy, state=DeliveryState.REFUSED)
    assert who("received", "is", old.pk) == {"ada"}
    assert who("received", "is_not", new.pk) == {"ada", "cy"}
    assert who("received", "within", 30) == {"bo"}
    assert who("received", "not_within", 30) == {"ada", "cy"}
    assert who("received", "within", 40) == {"ada", "bo"}
    assert set(dict(conditions()["received"].choices())) == {str(old.pk), str(new.pk)}
    assert Mailing.objects.count() == 2


def test_imports():
    old, new = person("old"), person("new")
    Contact.objects.filter(pk=old.pk).update(created_at=ago(9))
    job = ImportJob.objects.create(file_name="people.csv", state=ImportState.DONE)
    person("aside")
    ImportChange.objects.create(job=job, contact=old)
    ImportChange.objects.create(job=job, contact=new, created=True)
    assert who("imported", "came", job.pk) == {"new"}
    assert who("imported", "touched", job.pk) == {"old", "new"}
    assert who("imported", "untouched", job.pk) == {"aside"}
    # After 30 days nothing is left of an import but the lists it put people on.
    ImportChange.objects.all().delete()
    ImportJob.objects.update(created_at=ago(1))
    for contact in (old, new):
        SubscriptionFactory(contact=contact, method=job.method)
    assert who("imported", "came", job.pk) == {"new"}
    assert who("imported", "touched", job.pk) == {"old", "new"}
    assert who("imported", "came", 999) == set()
    assert who("imported", "untouched", 999) == {"aside", "new", "old"}
