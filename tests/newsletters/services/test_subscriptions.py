"""Joining, confirming, leaving: the rules behind the pages."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from newsletters import addresses, mails, tokens
from newsletters.models import ConsentEvent, Contact, Delivery, Subscription, Suppression
from newsletters.services import outgoing, subscriptions, suppressions
from newsletters.services.consent import Door
from newsletters.services.contacts import Profile
from newsletters.states import DeliveryState, SubscriptionState, SuppressionReason
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db
DOOR = Door(method="test")


def asked(*lists, email="anna@example.org", **profile):
    return subscriptions.Request(
        address=addresses.parse(email), lists=list(lists), profile=Profile(**profile), door=DOOR
    )


def move_back(hours):
    """As if everything had happened so many hours earlier."""
    past = timezone.now() - timedelta(hours=hours)
    Delivery.objects.update(created_at=past)
    ConsentEvent.objects.update(happened_at=past)
    Subscription.objects.update(created_at=past)
    Contact.objects.update(created_at=past)


def kinds():
    return [kind.rpartition(".")[2] for kind in Delivery.objects.values_list("kind", flat=True)]


# Mails anybody can cause ----------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_fifty_sign_ups_of_one_address_at_one_moment_are_one_mail():
    letters = MailingListFactory()

    def sign_up(_number):
        try:
            subscriptions.request(asked(letters))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=10) as pool:
        list(pool.map(sign_up, range(50)))
    assert Delivery.objects.count() == 1
    assert Contact.objects.count() == 1
    assert Subscription.objects.count() == 1
    assert ConsentEvent.objects.count() == 1


def test_one_address_gets_one_mail_an_hour_and_five_a_month():
    letters = MailingListFactory()
    for _ in range(9):
        subscriptions.request(asked(letters))
        subscriptions.request(asked(letters))
        Delivery.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert kinds() == ["confirm_subscription"] * 5
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=31))
    subscriptions.request(asked(letters))
    assert len(kinds()) == 6


def test_sign_ups_and_fresh_links_share_the_cap():
    row = SubscriptionFactory()
    subscriptions.request(asked(row.mailing_list, email=row.contact.email))
    assert not subscriptions.send_fresh_link(contact=row.contact)
    assert kinds() == ["already_subscribed"]


def test_a_request_above_the_cap_still_waits_for_the_mail_that_is_there():
    first, second = MailingListFactory(), MailingListFactory()
    subscriptions.request(asked(first))
    subscriptions.request(asked(second))
    contact = Contact.objects.get()
    assert kinds() == ["confirm_subscription"]
    assert set(subscriptions.confirm(contact=contact)) == {first, second}


def test_a_member_is_told_so_and_stays_as_she_is():
    row = SubscriptionFactory()
    subscriptions.request(asked(row.mailing_list, email=row.contact.email))
    assert kinds() == ["already_subscribed"]
    row.refresh_from_db()
    assert row.state == SubscriptionState.ACTIVE
    assert not ConsentEvent.objects.exists()


def test_a_stranger_changes_nothing_about_a_person_we_know():
    known = ContactFactory(given_name="", language="")
    subscriptions.request(
        asked(MailingListFactory(), email=known.email, given_name="WIN", language="de")
    )
    known.refresh_from_db()
    assert (known.given_name, known.language) == ("", "")


# Confirming ------------------------------------------------------------------------
def test_who_left_while_the_page_was_open_is_not_brought_back_by_her_old_button():
    row = SubscriptionFactory(state=SubscriptionState.PENDING)
    subscriptions.leave(contact=row.contact, lists=[row.mailing_list], method="test")
    assert subscriptions.confirm(contact=row.contact) == []
    row.refresh_from_db()
    assert row.state == SubscriptionState.UNSUBSCRIBED


def test_confirming_lifts_what_a_bounce_left_but_not_a_block():
    row = SubscriptionFactory(state=SubscriptionState.PENDING)
    key = row.contact.address_key
    suppressions.suppress(address_key=key, reason=SuppressionReason.BOUNCED)
    subscriptions.confirm(contact=row.contact)
    assert not Suppression.objects.exists()
    row.contact.refresh_from_db()
    assert row.contact.state == "reachable"
    other = SubscriptionFactory(state=SubscriptionState.PENDING)
    suppressions.suppress(address_key=other.contact.address_key, reason=SuppressionReason.BLOCKED)
    subscriptions.confirm(contact=other.contact)
    assert Suppression.objects.get().reason == SuppressionReason.BLOCKED


def test_coming_and_going_all_day_brings_one_welcome():
    row = SubscriptionFactory(state=SubscriptionState.PENDING)
    for _ in range(3):
        Subscription.objects.update(state=SubscriptionState.PENDING)
        subscriptions.confirm(contact=row.contact)
        subscriptions.leave(contact=row.contact, lists=[row.mailing_list], method="test")
    assert kinds() == ["welcome"]


def test_joining_twice_is_one_consent():
    contact, letters = ContactFactory(), MailingListFactory()
    assert subscriptions.join(contact=contact, mailing_list=letters, door=DOOR)
    assert not subscriptions.join(contact=contact, mailing_list=letters, door=DOOR)
    assert ConsentEvent.objects.count() == 1


# Leaving ---------------------------------------------------------------------------
def test_leaving_skips_what_no_other_list_of_hers_carries():
    row = SubscriptionFactory()
    stays = SubscriptionFactory(contact=row.contact)
    alone = DeliveryFactory(
        contact=row.contact,
        mailing=MailingFactory(lists=[row.mailing_list]),
        mailing_list=row.mailing_list,
    )
    both = DeliveryFactory(
        contact=row.contact,
        mailing=MailingFactory(lists=[row.mailing_list, stays.mailing_list]),
        mailing_list=row.mailing_list,
    )
    done = DeliveryFactory(
        contact=row.contact,
        mailing=MailingFactory(lists=[row.mailing_list]),
        mailing_list=row.mailing_list,
        state=DeliveryState.ACCEPTED,
    )
    assert subscriptions.leave(contact=row.contact, lists=[row.mailing_list], method="t") == 1
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert states == {
        alone.pk: DeliveryState.SKIPPED,
        both.pk: DeliveryState.READY,
        done.pk: DeliveryState.ACCEPTED,
    }


def test_a_confirmation_on_its_way_is_not_stopped_by_leaving():
    row = SubscriptionFactory(state=SubscriptionState.PENDING)
    mail = outgoing.queue(
        mail=mails.FRESH_LINK,
        to=outgoing.Recipient(row.contact.email, "en", row.contact),
        context={"preferences_url": "http://testserver/p/x/"},
    )
    subscriptions.leave_everything(contact=row.contact, method="test")
    assert mail is not None
    mail.refresh_from_db()
    assert mail.state == DeliveryState.READY


def test_leaving_everything_twice_is_written_down_once():
    row = SubscriptionFactory()
    for _ in range(3):
        subscriptions.leave_everything(contact=row.contact, method="test")
    purposes = ConsentEvent.objects.values_list("purpose", flat=True)
    assert list(purposes) == [f"list {row.mailing_list.slug}", "everything"]
    assert Suppression.objects.count() == 1


def test_a_leave_mail_does_what_the_link_does():
    row = SubscriptionFactory()
    delivery = DeliveryFactory(
        contact=row.contact,
        mailing=MailingFactory(lists=[row.mailing_list]),
        mailing_list=row.mailing_list,
    )
    token = tokens.seal_local(tokens.LEAVE_BY_MAIL, delivery.pk)
    assert subscriptions.leave_by_mail_token(token, method="leave mail")
    row.refresh_from_db()
    assert row.state == SubscriptionState.UNSUBSCRIBED
    assert not subscriptions.leave_by_mail_token("a" * 32, method="leave mail")


# Forgetting --------------------------------------------------------------------------
def test_an_address_nobody_confirmed_is_forgotten_after_fifteen_days():
    subscriptions.request(asked(MailingListFactory()))
    assert subscriptions.forget_unconfirmed() == 0
    assert Contact.objects.count() == 1
    move_back(15 * 24)
    assert subscriptions.forget_unconfirmed() == 1
    assert not Contact.objects.exists()
    assert not Subscription.objects.exists()


def test_a_person_we_knew_before_is_back_where_she_was():
    left = SubscriptionFactory()
    subscriptions.leave(contact=left.contact, lists=[left.mailing_list], method="test")
    Contact.objects.update(created_at=timezone.now() - timedelta(days=900))
    subscriptions.request(asked(left.mailing_list, MailingListFactory(), email=left.contact.email))
    past = timezone.now() - timedelta(days=15)
    ConsentEvent.objects.update(happened_at=past)
    Subscription.objects.update(created_at=past)
    assert subscriptions.forget_unconfirmed() == 2
    row = Subscription.objects.get()
    assert (row.pk, row.state) == (left.pk, SubscriptionState.UNSUBSCRIBED)


def test_a_person_who_confirmed_one_list_is_not_forgotten_with_the_other():
    first, second = MailingListFactory(), MailingListFactory()
    subscriptions.request(asked(first, second))
    subscriptions.confirm(contact=Contact.objects.get(), lists=[first])
    move_back(15 * 24)
    assert subscriptions.forget_unconfirmed() == 1
    assert Subscription.objects.get().mailing_list == first
    subscriptions.leave(contact=Contact.objects.get(), lists=[first], method="test")
    assert subscriptions.forget_unconfirmed() == 0
    assert Contact.objects.count() == 1
