"""Leaving by the link of List-Unsubscribe (RFC 8058)."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from newsletters.models import ConsentEvent, Delivery, DeliveryBody, Mailing, Subscription
from newsletters.services import links
from newsletters.states import DeliveryState, SkipReason, SubscriptionState
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def strict():
    """A client that would be stopped by a CSRF check, as mail services are."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def row():
    return SubscriptionFactory(mailing_list__name="Letters from Karsh")


@pytest.fixture
def delivery(row):
    mailing = MailingFactory(lists=[row.mailing_list])
    return DeliveryFactory(contact=row.contact, mailing_list=row.mailing_list, mailing=mailing)


def link_of(delivery):
    return reverse("newsletters:unsubscribe", args=[links.unsubscribe_token(delivery)])


def state(row):
    row.refresh_from_db()
    return row.state


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
def test_one_click_acts_at_once_in_both_encodings(strict, row, delivery, encoding):
    link = link_of(delivery)
    if encoding == "urlencoded":
        answer = strict.post(
            link,
            "List-Unsubscribe=One-Click",
            content_type="application/x-www-form-urlencoded",
        )
    else:
        answer = strict.post(link, ONE_CLICK)
    assert answer.status_code == 200
    assert len(answer.content) < 10
    assert not answer.cookies
    assert state(row) == SubscriptionState.UNSUBSCRIBED
    assert ConsentEvent.objects.get().method == "one-click"


def test_what_has_not_left_yet_is_skipped_in_the_same_moment(strict, row, delivery):
    strict.post(link_of(delivery), ONE_CLICK)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == (DeliveryState.SKIPPED, SkipReason.UNSUBSCRIBED)


def test_a_second_click_changes_nothing_and_is_answered_alike(strict, delivery):
    first = strict.post(link_of(delivery), ONE_CLICK)
    second = strict.post(link_of(delivery), ONE_CLICK)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert ConsentEvent.objects.count() == 1


def test_a_person_sees_one_button_and_what_it_does(client, row, delivery):
    page = client.get(link_of(delivery))
    assert "Letters from Karsh" in page.text
    assert page.text.count("<button") == 1
    assert state(row) == SubscriptionState.ACTIVE
    done = client.post(link_of(delivery))
    assert done.status_code == 200
    assert "You have left" in done.text
    assert state(row) == SubscriptionState.UNSUBSCRIBED


def test_a_forwarded_mail_shows_nothing_about_its_reader(client, row, delivery):
    for page in (client.get(link_of(delivery)), client.post(link_of(delivery))):
        assert row.contact.email not in page.text
        assert row.contact.given_name not in page.text
        assert "/p/" not in page.text


def test_a_private_list_that_did_not_bring_the_mail_is_left_unnamed(client, row, delivery):
    private = SubscriptionFactory(
        contact=row.contact, mailing_list__name="Visitors", mailing_list__is_public=False
    )
    delivery.mailing.lists.add(private.mailing_list)
    assert "Visitors" not in client.get(link_of(delivery)).text
    client.post(link_of(delivery))
    assert state(private) == SubscriptionState.UNSUBSCRIBED


def test_a_mistake_is_mended_by_mail_alone(client, row, delivery):
    done = client.post(link_of(delivery))
    (action,) = re.findall(r'action="([^"]+)"', done.text)
    answer = client.post(action)
    assert answer.status_code == 200
    assert Delivery.objects.latest("pk").address == row.contact.email
    assert "/p/" in DeliveryBody.objects.get().text
    assert state(row) == SubscriptionState.UNSUBSCRIBED


def test_an_unknown_token_is_a_calm_404(client, strict):
    link = reverse("newsletters:unsubscribe", args=["x" * 48])
    assert client.get(link).status_code == 404
    assert "Nothing was changed" in client.get(link).text
    assert strict.post(link, ONE_CLICK).status_code == 404


def test_it_works_when_the_delivery_is_gone(strict, row, delivery):
    link = link_of(delivery)
    delivery.delete()
    assert strict.post(link, ONE_CLICK).status_code == 200
    assert state(row) == SubscriptionState.UNSUBSCRIBED


def test_it_works_when_the_mailing_is_gone(client, row, delivery):
    link = link_of(delivery)
    Mailing.objects.all().delete()
    assert client.get(link).status_code == 200
    client.post(link)
    assert state(row) == SubscriptionState.UNSUBSCRIBED


def test_when_mailing_and_list_are_gone_she_leaves_everything(strict, row, delivery):
    other = SubscriptionFactory(contact=row.contact)
    link = link_of(delivery)
    Mailing.objects.all().delete()
    row.mailing_list.delete()
    assert strict.post(link, ONE_CLICK).status_code == 200
    assert state(other) == SubscriptionState.UNSUBSCRIBED


def test_it_works_when_the_person_is_gone(client, strict, row, delivery):
    link = link_of(delivery)
    row.contact.delete()
    assert client.get(link).status_code == 200
    assert strict.post(link, ONE_CLICK).status_code == 200


def test_who_was_made_anew_is_found_by_the_address_the_mail_went_to(strict, row, delivery):
    link = link_of(delivery)
    email, key = row.contact.email, row.contact.address_key
    row.contact.delete()
    again = SubscriptionFactory(
        contact=ContactFactory(email=email, address_key=key), mailing_list=row.mailing_list
    )
    strict.post(link, ONE_CLICK)
    assert state(again) == SubscriptionState.UNSUBSCRIBED


def test_nobody_else_leaves(strict, delivery):
    other = SubscriptionFactory(mailing_list=delivery.mailing_list)
    strict.post(link_of(delivery), ONE_CLICK)
    assert state(other) == SubscriptionState.ACTIVE
    assert Subscription.objects.filter(state=SubscriptionState.UNSUBSCRIBED).count() == 1


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"List-Unsubscribe=", b"a" * 10000])
def test_an_odd_body_of_a_valid_link_still_leaves(strict, row, delivery, body):
    answer = strict.post(link_of(delivery), body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert state(row) == SubscriptionState.UNSUBSCRIBED
