"""Questions about people: who answers, in which words, and what is none."""

import pytest

from newsletters.errors import QueryRefused, SegmentRefused
from newsletters.models import OtherAddress, Segment, Tag
from newsletters.selectors import people, segment_counts
from newsletters.selectors.people import Query
from newsletters.services import suppressions
from newsletters.states import ContactState, SubscriptionState, SuppressionReason
from tests.factories.newsletters import ContactFactory, MailingListFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db
MIRA = "mira.tolan@example.org"


def found(**asked):
    return {contact.email for contact in people.people(Query(**asked))}


@pytest.fixture
def mira():
    ContactFactory(email="other@example.org", given_name="Olim", family_name="Önder")
    person = ContactFactory(
        email=MIRA,
        given_name="Жанна",
        family_name="Šarić Tolan",
        phone="+43 1 555",
        postcode="AB1 2CD",
    )
    OtherAddress.objects.create(
        contact=person, email="zh@old.example", email_typed="zh@old.example", address_key="k" * 32
    )
    return person


@pytest.mark.parametrize(
    "typed",
    [
        "mira.t", "MIRA.T", MIRA, "Жан", "жАННА", "šar", "ŠARIĆ tol", "жанна šarić",
        "Šarić Tolan, Жан", "  Šar ", "+43 1 555", "ab1 2cd", "zh@old", "ZH@old.example", "zh",
    ],
)  # fmt: skip
def test_a_person_is_found_by_any_beginning_and_in_any_alphabet(mira, typed):
    assert found(text=typed) == {MIRA}


def test_a_number_kept_without_spaces_is_found_however_it_is_typed():
    ContactFactory(email=MIRA, phone="+4315550123", postcode="AB12CD")
    ContactFactory(email="other@example.org", phone="+4315550124", postcode="AB12CE")
    for typed in ("+43 1 555 01-23", "+43 (1) 555.0123", "+4315550123", "ab1 2cd"):
        assert found(text=typed) == {MIRA}


@pytest.mark.parametrize(
    "typed",
    ["%", "_", "nira", "tolan@", "43 1", "AB1", "жанна önder", "'; DROP", "\\", "(", "\u202e"],
)
def test_what_begins_otherwise_finds_nobody(mira, typed):
    assert found(text=typed) == set()


def test_each_part_of_a_question_narrows_it_down(mira):
    letters = MailingListFactory(name="Letters")
    on = SubscriptionFactory(contact=mira, mailing_list=letters)
    gone = SubscriptionFactory(mailing_list=letters, state=SubscriptionState.UNSUBSCRIBED).contact
    vigil = Tag.objects.create(name="vigil")
    gone.tags.add(vigil)
    suppressions.suppress(address_key=gone.address_key, reason=SuppressionReason.BLOCKED)
    on.contact.tags.add(vigil)
    lost = ContactFactory(state=ContactState.BOUNCED)
    assert found(mailing_list=letters.pk) == {MIRA}
    assert found(tag=vigil.pk) == {MIRA, gone.email}
    assert found(tag=vigil.pk, text="reader") == {gone.email}
    assert found(state="no_list") == {"other@example.org", gone.email, lost.email}
    assert found(state="suppressed") == {gone.email}
    assert found(state="bounced") == {lost.email}
    assert found(ids=(gone.pk,)) == {gone.email}
    assert found(ids=()) == set()
    query = Query(text="mira", mailing_list=letters.pk, tag=vigil.pk, state="no_list")
    assert people.describe(query) == "“mira”, on “Letters”, tag “vigil”, on no list"
    assert people.describe(Query()) == "everybody"


def test_a_segment_is_asked_as_it_was_looked_at(mira):
    rule = {"condition": "country", "operator": "is", "value": "AT"}
    segment = Segment.objects.create(name="Austria", rule=rule)
    kept = people.from_json(people.as_json(people.frozen(Query(segment=segment.pk))))
    Segment.objects.update(rule={"condition": "country", "operator": "is", "value": "DE"})
    assert people.people(kept).count() == 2
    assert found(segment=segment.pk) == set()
    Segment.objects.all().delete()
    with pytest.raises(QueryRefused):
        people.people(Query(segment=segment.pk))
    with pytest.raises(SegmentRefused):
        people.people(Query(rule={"password": 1}))


@pytest.mark.parametrize(
    "data", [None, [], {"email": "x"}, {"ids": "1"}, {"ids": ["1"]}, {"tag": True}, {"rule": 1}]
)
def test_what_is_no_question_is_not_asked(data):
    with pytest.raises(QueryRefused):
        people.from_json(data)


def test_a_question_comes_back_as_it_was_kept():
    query = Query(text="a", mailing_list=1, tag=2, state="bounced", rule={"all": []}, ids=(3, 4))
    assert people.from_json(people.as_json(query)) == query
    assert people.from_json(people.as_json(Query(ids=()))) == Query(ids=())


def test_pages_follow_each_other_while_people_come_and_lead_back(django_assert_max_num_queries):
    made = [ContactFactory().pk for _ in range(7)][::-1]
    first = people.page(people.people(Query()), size=3)
    ContactFactory()
    with django_assert_max_num_queries(1):
        second = people.page(people.people(Query()), size=3, before=first.before)
    third = people.page(people.people(Query()), size=3, before=second.before)
    walked = [contact.pk for page in (first, second, third) for contact in page.people]
    assert walked == made
    assert third.before == 0
    back = people.page(people.people(Query()), size=3, after=third.after)
    assert back.people == second.people
    assert people.page(people.people(Query()), size=3, after=back.after).people == first.people


@pytest.mark.parametrize("counted", [3, 1000])
def test_many_are_estimated_and_few_are_counted(monkeypatch, counted):
    ContactFactory.create_batch(12)
    everybody = people.people(Query())
    assert people.size(everybody) == people.Size(12)
    monkeypatch.setattr(people, "QUICK", 0)
    monkeypatch.setattr(people, "COUNTED", counted)
    size = people.size(everybody)
    assert size.number == 12 if size.is_exact else size.number >= counted


def test_more_further_addresses_than_a_few_are_asked_for_by_the_database(mira, monkeypatch):
    monkeypatch.setattr(people, "_FEW", 0)
    assert found(text="zh@old") == {MIRA}


def test_of_a_question_nobody_can_answer_to_the_number_is_none(mira):
    nobody = people.people(Query(ids=()))
    assert people.size(nobody) == people.Size(0)
    assert segment_counts.count_of(nobody).people == 0
