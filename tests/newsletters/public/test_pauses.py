"""Pause, own fields and old links on a person's own page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletters.models import Contact, CustomField, Delivery, Mailing, Subscription
from newsletters.selectors import audience, digests
from newsletters.selectors.audience import Audience
from newsletters.services import links, subscriptions
from newsletters.states import DeliveryState, FieldKind, SkipReason, SubscriptionState
from tests.factories.newsletters import (
    DeliveryFactory,
    DigestFactory,
    MailingFactory,
    MailingListFactory,
    SubscriptionFactory,
)
from tests.stories import half_sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    return SubscriptionFactory(mailing_list__name="Letters from Karsh")


def page_of(contact):
    return links.preferences_url(contact).removeprefix("http://testserver")


def choice(*lists, **more):
    chosen = [one.pk for one in lists]
    return {"lists": chosen, "digest_frequency": "weekly", "language": "en", **more}


def day(days):
    return (timezone.now().date() + timedelta(days=days)).isoformat()


# Pause --------------------------------------------------------------------------------
def test_during_a_pause_no_mailing_and_no_digest_but_single_mails_come(client, row):
    contact, letters = row.contact, row.mailing_list
    digest = DigestFactory(mailing_list=letters)
    other = SubscriptionFactory(mailing_list=letters).contact
    hers = {"contact": contact, "mailing_list": letters}
    planned = DeliveryFactory(mailing=MailingFactory(lists=[letters]), **hers)
    later = timezone.now() + timedelta(days=20)
    late = DeliveryFactory(mailing=MailingFactory(lists=[letters]), due_at=later, **hers)
    answer = client.post(page_of(contact), choice(letters, paused_until=day(10)), follow=True)
    assert "no letter comes before" in answer.text
    assert set(audience.people(Audience((letters.pk,)))) == {other}
    assert set(digests.readers(digest, audience.people(Audience((letters.pk,))))) == {other}
    planned.refresh_from_db()
    late.refresh_from_db()
    assert (planned.state, planned.reason) == (DeliveryState.SKIPPED, SkipReason.PAUSED)
    assert late.state == DeliveryState.READY
    assert subscriptions.send_fresh_link(contact=contact)
    client.post(page_of(contact), choice(letters, paused_until=""))
    assert set(audience.people(Audience((letters.pk,)))) == {other, contact}


def test_a_pause_ends_by_itself_on_its_day(client, row):
    row.contact.paused_until = timezone.now().date()
    row.contact.save()
    assert set(audience.people(Audience((row.mailing_list.pk,)))) == {row.contact}
    assert "You have a pause" not in client.get(page_of(row.contact)).text


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        (day(0), "still to come"),
        (day(-400), "still to come"),
        (day(800), "a year at most"),
        ("soon", "Write the day as in"),
        ("9999-99-99", "Write the day as in"),
    ],
)
def test_a_pause_that_cannot_be_is_explained_and_nothing_is_saved(client, row, until, sentence):
    other = MailingListFactory()
    answer = client.post(page_of(row.contact), choice(other, paused_until=until))
    assert answer.status_code == 422
    assert sentence in answer.text
    row.contact.refresh_from_db()
    assert row.contact.paused_until is None
    assert not Subscription.objects.filter(mailing_list=other).exists()


# Own fields ---------------------------------------------------------------------------
def test_open_fields_are_hers_to_change_and_others_stay_as_they_are(client, row):
    CustomField.objects.create(
        name="T-shirt", key="shirt", kind=FieldKind.CHOICE, choices=["S", "M"], is_open=True
    )
    CustomField.objects.create(name="Born", key="born", kind=FieldKind.DATE, is_open=True)
    CustomField.objects.create(name="Donor class", key="donor", kind=FieldKind.TEXT)
    contact = row.contact
    contact.attributes = {"donor": "gold", "born": "1980-02-01"}
    contact.save()
    page = client.get(page_of(contact)).text
    assert "T-shirt" in page
    assert 'name="field_donor"' not in page
    given = {"field_shirt": "M", "field_born": "", "field_donor": "lead"}
    client.post(page_of(contact), choice(row.mailing_list, **given))
    contact.refresh_from_db()
    assert contact.attributes == {"donor": "gold", "shirt": "M"}
    bad = client.post(page_of(contact), choice(field_shirt="XXL", field_born="soon"))
    assert bad.status_code == 422
    contact.refresh_from_db()
    assert contact.attributes == {"donor": "gold", "shirt": "M"}
    assert Subscription.objects.get().state == SubscriptionState.ACTIVE


# Links from old mails -------------------------------------------------------------------
def test_her_page_opens_when_the_mailing_and_its_list_are_gone(client, row):
    rest = MailingListFactory(name="Urgent actions")
    DeliveryFactory(contact=row.contact, mailing_list=row.mailing_list)
    page = page_of(row.contact)
    gone = row.mailing_list.pk
    Mailing.objects.all().delete()
    row.mailing_list.delete()
    shown = client.get(page).text
    assert "Urgent actions" in shown
    assert "Letters from Karsh" not in shown
    stale = client.post(page, {**choice(rest), "lists": [gone, rest.pk]})
    assert stale.status_code == 422
    assert "A list you ticked is no more" in stale.text
    client.post(page, choice(rest))
    assert Subscription.objects.get().mailing_list == rest


def test_a_link_out_of_a_list_that_is_gone_says_so_and_offers_the_rest(client, row):
    delivery = DeliveryFactory(
        contact=row.contact,
        mailing_list=row.mailing_list,
        mailing=MailingFactory(lists=[row.mailing_list]),
    )
    other = SubscriptionFactory(contact=row.contact)
    link = reverse("newsletters:unsubscribe", args=[links.unsubscribe_token(delivery)])
    row.mailing_list.delete()
    for gone in ("the list alone", "the mailing, too"):
        page = client.get(link).text
        assert "is no more" in page, gone
        assert "Mail me that link" in page
        Mailing.objects.all().delete()
    others = Subscription.objects.filter(pk=other.pk)
    assert others.filter(state=SubscriptionState.ACTIVE).exists()
    assert "no more letters of any kind" in client.post(link).text
    assert others.filter(state=SubscriptionState.UNSUBSCRIBED).exists()


def test_a_confirmation_of_a_list_that_is_gone_confirms_the_rest(client):
    waiting = SubscriptionFactory(state=SubscriptionState.PENDING)
    rest = SubscriptionFactory(contact=waiting.contact, state=SubscriptionState.PENDING)
    link = links.confirm_url(waiting.contact).removeprefix("http://testserver")
    slugs = [waiting.mailing_list.slug, rest.mailing_list.slug]
    waiting.mailing_list.delete()
    assert rest.mailing_list.name in client.get(link).text
    done = client.post(link, {"list": slugs}).text
    assert rest.mailing_list.name in done
    rest.refresh_from_db()
    assert rest.state == SubscriptionState.ACTIVE
    rest.mailing_list.delete()
    assert "nothing left to confirm" in client.get(link).text


@pytest.mark.django_db(transaction=True)
def test_a_pause_that_began_while_the_list_was_made_is_seen_before_the_mail_leaves(post):
    half_sent(3)
    pauses, ended, stays = Contact.objects.order_by("pk")
    today = timezone.now().date()
    Contact.objects.filter(pk=pauses.pk).update(paused_until=today + timedelta(days=1))
    Contact.objects.filter(pk=ended.pk).update(paused_until=today)
    assert len(post.deliver()) == 2
    skipped = Delivery.objects.get(state=DeliveryState.SKIPPED)
    assert (skipped.contact, skipped.reason) == (pauses, SkipReason.PAUSED)
    assert set(Delivery.objects.exclude(pk=skipped.pk).values_list("contact", flat=True)) == {
        ended.pk,
        stays.pk,
    }
