"""The pages about rows that may be one person, and the walk that finds them."""

import pytest

from newsletters.addresses import parse, person_key
from newsletters.models import Contact, Different, Double, Merge, NameKey, OtherAddress
from newsletters.services import doubles
from newsletters.states import SubscriptionState
from tests.factories.newsletters import (
    ContactFactory,
    MailingListFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
RIGHTS = ("newsletters.view_contact", "newsletters.change_contact")
PAGE = "/staff/people/doubles/"


@pytest.fixture
def staff(client):
    client.force_login(UserFactory(permissions=RIGHTS))
    return client


def person(email, **values):
    return ContactFactory(email=email, person_key=person_key(parse(email)), **values)


def pairs():
    return [(row.first_id, row.second_id, row.reason) for row in Double.objects.order_by("pk")]


def test_doubles_are_found_by_mailbox_address_name_and_postcode(monkeypatch):
    monkeypatch.setattr(doubles, "STRETCH", 2)
    ana = person("ana.marku@gmail.com", given_name="Ana", family_name="Marku")
    other = person("karsh@example.org", given_name="Ирина", family_name="Ёлкина", postcode="01 010")
    OtherAddress.objects.create(
        contact=other, email="work@example.net", email_typed="", address_key="k" * 32
    )
    person("nobody@example.org", given_name="Ирина", family_name="Ёлкина", postcode="02020")
    plus = person("anamarku+news@gmail.com", given_name="Bo")
    work = person("work@example.net", given_name="W")
    Contact.objects.filter(pk=work.pk).update(address_key="k" * 32)
    swapped = person("e@example.org", given_name="ёлкина", family_name="ИРИНА", postcode="01010")
    doubles.look()
    assert pairs() == [
        (ana.pk, plus.pk, "mailbox"),
        (other.pk, work.pk, "address"),
        (other.pk, swapped.pk, "name"),
    ]
    doubles.look()
    Contact.objects.filter(pk=swapped.pk).update(postcode="")
    doubles.say_different(one=plus, other=ana)
    assert doubles.ask()
    assert not doubles.ask()
    doubles.look()
    assert pairs() == [(other.pk, work.pk, "address")]
    assert not NameKey.objects.filter(contact_id=swapped.pk).exists()


def test_of_two_walkers_on_one_stretch_one_writes(monkeypatch):
    ContactFactory.create_batch(3)
    monkeypatch.setattr(doubles, "STRETCH", 2)
    doubles.ask()
    assert doubles._next_stretch()
    assert not doubles._next_stretch()
    assert not doubles._next_stretch()


def test_a_long_walk_lets_others_have_their_turn_and_goes_on(monkeypatch, rung):
    first, *_others, last = [person(f"p{n}@gmail.com") for n in range(5)]
    Contact.objects.filter(pk=last.pk).update(person_key=first.person_key)
    monkeypatch.setattr(doubles, "STRETCH", 2)
    monkeypatch.setattr(doubles, "TURN", -1.0)
    doubles.look()
    assert pairs() == []
    rung.answer()
    assert pairs() == [(first.pk, last.pk, "mailbox")]


def test_the_page_leads_from_looking_to_a_pair_in_few_queries(
    staff, rung, django_assert_max_num_queries
):
    assert "Nobody has looked yet" in staff.get(PAGE).text
    for number in range(30):
        for twice in ("", "+x"):
            person(f"p{number}{twice}@gmail.com")
    staff.post(f"{PAGE}look/")
    assert "We are looking" in staff.get(PAGE).text
    rung.answer()
    with django_assert_max_num_queries(12):
        page = staff.get(PAGE).text
    assert page.count("Two spellings of one mailbox") == 25
    first, second, _reason = pairs()[0]
    assert f"{PAGE}{first}/{second}/" in page


def test_staff_choose_values_and_see_what_will_be(staff):
    letters = MailingListFactory(name="Letters")
    ana = ContactFactory(email="ana@example.org", given_name="Ana", postcode="")
    anna = ContactFactory(email="anna@example.net", given_name="Anna", postcode="1010")
    SubscriptionFactory(contact=ana, mailing_list=letters)
    SubscriptionFactory(contact=anna, mailing_list=letters, state=SubscriptionState.UNSUBSCRIBED)
    address = f"{PAGE}{ana.pk}/{anna.pk}/"
    page = staff.get(address).text
    assert "Left the list" in page
    assert "empty" in page
    refused = staff.post(address, {"kept": "second", "take_given_name": "third"})
    assert refused.status_code == 422
    assert Contact.objects.count() == 2
    said = {"kept": "second", "take_given_name": "first", "take_postcode": "second"}
    done = staff.post(address, said, follow=True)
    assert "The two are one now" in done.text
    one = Contact.objects.get()
    assert (one.email, one.given_name, one.postcode) == ("anna@example.net", "Ana", "1010")
    assert "Merged into this person" in done.text
    # A page left open, or a number somebody noted.
    assert "Here is the person it became" in staff.get(f"/staff/people/{ana.pk}/", follow=True).text
    again = staff.post(address, said, follow=True)
    assert "The two are one now" in again.text
    undone = staff.post(f"/staff/people/merges/{Merge.objects.get().pk}/undo/", follow=True)
    assert "two people again" in undone.text
    assert Contact.objects.count() == 2


def test_two_people_are_remembered_and_the_other_is_found_by_a_search(staff):
    one, other = ContactFactory(given_name="Mira"), ContactFactory(given_name="Miranda")
    page = staff.get(f"/staff/people/{one.pk}/merge/", {"q": "mira"}).text
    assert f"{PAGE}{one.pk}/{other.pk}/" in page
    assert staff.get(f"/staff/people/{one.pk}/merge/", {"q": ""}).status_code == 422
    staff.post(f"{PAGE}{other.pk}/{one.pk}/different/")
    said = Different.objects.get()
    assert (said.first_id, said.second_id) == (one.pk, other.pk)
    assert "they are two people" in staff.get(f"{PAGE}{one.pk}/{other.pk}/").text


def test_a_pair_of_which_one_is_gone_leads_back(staff):
    one = ContactFactory()
    for other in (one.pk, one.pk + 7, 10**30):
        answer = staff.get(f"{PAGE}{one.pk}/{other}/", follow=True)
        assert "not here any more" in answer.text
    assert staff.get(f"/staff/people/{10**30}/").status_code == 404
