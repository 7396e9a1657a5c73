"""A person's own page."""

import pytest
from django.urls import reverse

from newsletters import tokens
from newsletters.models import ConsentEvent, Delivery, Subscription, Suppression
from newsletters.services import subscriptions
from newsletters.states import SubscriptionState, SuppressionReason
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingListFactory,
    SubscriptionFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return ContactFactory(given_name="Mira", family_name="Tolan", postcode="1010")


def link_of(person, hours_ago=0):
    token = tokens.seal(tokens.PREFERENCES, person.pk, stamp=tokens.this_hour() - hours_ago)
    return reverse("newsletters:preferences", args=[token])


def choice(*lists, **more):
    return {
        "lists": [row.pk for row in lists],
        "digest_frequency": "weekly",
        "language": "en",
        **more,
    }


def state_of(person, mailing_list):
    return Subscription.objects.get(contact=person, mailing_list=mailing_list).state


def test_the_page_shows_where_she_stands_and_what_is_known(client, person):
    on = SubscriptionFactory(contact=person).mailing_list
    off = MailingListFactory()
    page = client.get(link_of(person)).text.replace("<wbr>", "")
    assert on.name in page
    assert off.name in page
    assert page.count("checked") == 2  # her list and her frequency
    for known in (person.email, "Mira", "Tolan", "1010"):
        assert known in page


def test_a_sensitive_or_private_list_is_shown_to_its_members_alone(client, person):
    sensitive = MailingListFactory(name="People in hiding", is_sensitive=True)
    private = MailingListFactory(name="Committee", is_public=False)
    page = client.get(link_of(person)).text
    assert "People in hiding" not in page
    assert "Committee" not in page
    SubscriptionFactory(contact=person, mailing_list=sensitive)
    SubscriptionFactory(contact=person, mailing_list=private)
    page = client.get(link_of(person)).text
    assert "People in hiding" in page
    assert "Committee" in page


def test_joining_holds_at_once_and_keeps_the_wording(client, person):
    letters = MailingListFactory()
    page = client.get(link_of(person)).text
    answer = client.post(link_of(person), choice(letters), follow=True)
    assert "Saved" in answer.text
    assert state_of(person, letters) == SubscriptionState.ACTIVE
    event = ConsentEvent.objects.get()
    assert (event.act, event.method) == ("granted", "preferences page")
    assert event.wording is not None
    assert event.wording.text in page
    assert not Delivery.objects.exists()


def test_leaving_one_list_keeps_the_others(client, person):
    stays = SubscriptionFactory(contact=person).mailing_list
    goes = SubscriptionFactory(contact=person).mailing_list
    delivery = DeliveryFactory(contact=person, mailing_list=goes)
    client.post(link_of(person), choice(stays))
    assert state_of(person, stays) == SubscriptionState.ACTIVE
    assert state_of(person, goes) == SubscriptionState.UNSUBSCRIBED
    delivery.refresh_from_db()
    assert delivery.get_state_display() == "skipped"


def test_topics_frequency_and_language_are_kept(client, person):
    topic = TopicFactory()
    client.post(link_of(person), choice(topics=[topic.pk], digest_frequency="never"))
    person.refresh_from_db()
    assert list(person.topics.all()) == [topic]
    assert person.digest_frequency == "never"


def test_nonsense_is_refused_and_nothing_is_half_done(client, person):
    letters = SubscriptionFactory(contact=person).mailing_list
    other = MailingListFactory()
    bad = choice(other, language="../../etc", digest_frequency="hourly", topics=["x"])
    answer = client.post(link_of(person), bad)
    assert answer.status_code == 422
    assert "Not done yet" in answer.text
    assert state_of(person, letters) == SubscriptionState.ACTIVE
    assert not Subscription.objects.filter(mailing_list=other).exists()


def test_a_list_that_is_not_offered_cannot_be_joined(client, person):
    private = MailingListFactory(is_public=False)
    answer = client.post(link_of(person), choice(private))
    assert "Not done yet" in answer.text
    assert not Subscription.objects.exists()


def test_leave_everything_is_one_press_and_coming_back_another(client, person):
    letters = SubscriptionFactory(contact=person).mailing_list
    answer = client.post(link_of(person), {**choice(letters), "leave": "everything"}, follow=True)
    assert "You have left everything" in answer.text
    assert state_of(person, letters) == SubscriptionState.UNSUBSCRIBED
    assert Suppression.objects.get().reason == SuppressionReason.LEFT_ALL
    client.post(link_of(person), choice(letters))
    assert state_of(person, letters) == SubscriptionState.ACTIVE
    assert not Suppression.objects.exists()


def test_after_a_week_the_page_shows_nothing_and_mails_a_fresh_link(client, person):
    SubscriptionFactory(contact=person, mailing_list__name="Letters from Karsh")
    old = link_of(person, hours_ago=8 * 24)
    for answer in (client.get(old), client.post(old, choice())):
        for secret in (person.email, "Mira", "Letters from Karsh"):
            assert secret not in answer.text
        assert "Mail me a fresh link" in answer.text
    assert Subscription.objects.get().state == SubscriptionState.ACTIVE
    token = old.split("/")[2]
    sent = client.post(reverse("newsletters:fresh_link", args=[token]))
    assert sent.status_code == 200
    assert Delivery.objects.get().address == person.email


def test_fresh_links_are_capped_and_the_answer_does_not_say_so(client, person):
    token = link_of(person).split("/")[2]
    link = reverse("newsletters:fresh_link", args=[token])
    first = client.post(link)
    second = client.post(link)
    assert first.content == second.content
    assert Delivery.objects.count() == 1
    person.delete()
    assert client.post(link).content == first.content


def test_a_token_of_somebody_gone_shows_the_same_as_an_old_one(client, person):
    link = link_of(person)
    old = client.get(link_of(ContactFactory(), hours_ago=10**4)).text
    person.delete()
    gone = client.get(link).text
    strip = link.split("/")[2]
    assert strip in gone
    assert gone.replace(strip, "") == old.replace(old.split("/f/")[1].split("/")[0], "")


def test_the_page_needs_few_questions_to_the_database(
    client, person, django_assert_max_num_queries
):
    for _ in range(30):
        row = SubscriptionFactory(contact=person)
        subscriptions.leave(contact=person, lists=[row.mailing_list], method="test")
    with django_assert_max_num_queries(14):
        client.get(link_of(person))
