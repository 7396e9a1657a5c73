"""How a list speaks: its sender and postal address in mailings, digests and its welcome."""

import re

import pytest

from newsletters import addresses
from newsletters.errors import ListRefused, MailingRefused
from newsletters.models import (
    ConsentEvent,
    Contact,
    Delivery,
    DeliveryBody,
    SenderDomain,
    Subscription,
)
from newsletters.services import lists, subscriptions, suppressions, versions
from newsletters.services.consent import Door
from newsletters.services.contacts import Profile
from newsletters.services.lists import Details
from newsletters.states import SubscriptionState, SuppressionReason
from tests.factories.newsletters import (
    ContactFactory,
    MailingFactory,
    MailingListFactory,
    MailingTextFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db
HOUSE = "Long Street 1\n1010 Orrin"
VOICE = {
    "sender_name": "Friends of Mira",
    "sender_email": "mira@friends.example",
    "postal_address": "Harbour 5\nVeldland",
}


@pytest.fixture(autouse=True)
def house(settings):
    settings.POSTAL_ADDRESS = HOUSE
    settings.MAIL_FROM = "campaign@karsh.example"
    SenderDomain.objects.create(domain="friends.example")


def asked(*chosen, email="anna@example.org"):
    return subscriptions.Request(
        address=addresses.parse(email),
        lists=list(chosen),
        profile=Profile(language="en"),
        door=Door(method="subscribe form", legal_basis="consent"),
    )


def states():
    return list(Subscription.objects.values_list("state", flat=True))


def kinds():
    return [kind.partition(".")[2] for kind in Delivery.objects.values_list("kind", flat=True)]


# Mailings ---------------------------------------------------------------------------
def test_a_mailing_speaks_as_its_list_and_as_the_campaign_when_its_lists_differ():
    friends = MailingListFactory(**VOICE)
    mailing = MailingFactory(lists=[friends])
    MailingTextFactory(mailing=mailing)
    frozen = versions.freeze(mailing)
    assert frozen.sender == "Friends of Mira <mira@friends.example>"
    part = frozen.parts["en"][""]
    assert "Harbour 5<br" in part["html"]
    assert "Harbour 5\nVeldland" in part["text"]
    assert "Long Street" not in part["text"]
    mailing.lists.add(MailingListFactory())
    frozen = versions.freeze(mailing)
    assert frozen.sender.endswith("<campaign@karsh.example>")
    assert HOUSE in frozen.parts["en"][""]["text"]


def test_a_mailing_whose_list_lost_its_domain_waits_for_somebody_to_mend_it():
    mailing = MailingFactory(lists=[MailingListFactory(**VOICE)], sender_name="Ana’s friends")
    MailingTextFactory(mailing=mailing)
    assert versions.sender_of(mailing) == "Ana’s friends <mira@friends.example>"
    SenderDomain.objects.all().delete()
    with pytest.raises(MailingRefused, match="domain of ours"):
        versions.freeze(mailing)


@pytest.mark.parametrize("sender", ["a@elsewhere.example", "a@mail.friends.example"])
def test_a_list_cannot_speak_from_a_domain_that_is_not_ours(sender):
    with pytest.raises(ListRefused, match="forged") as refused:
        lists.create(details=Details(name="Letters", sender_email=sender))
    assert refused.value.code == "sender_email"


# The welcome ------------------------------------------------------------------------
def test_the_welcome_has_the_lists_own_words_sender_and_address_and_a_way_out(client):
    words = "Good that you are here.\n\nWe write on Fridays, {{ given_name }} <b>."
    friends = MailingListFactory(**VOICE, welcome_texts={"en": words})
    quiet = MailingListFactory(sends_welcome=False)
    subscriptions.request(asked(friends, quiet))
    contact = Contact.objects.get()
    subscriptions.confirm(contact=contact)
    body = DeliveryBody.objects.latest("pk")
    assert body.sender == "Friends of Mira <mira@friends.example>"
    assert "<p style=" in body.html
    assert "Good that you are here.</p>" in body.html
    assert "{{ given_name }} &lt;b&gt;." in body.html
    assert "Harbour 5\nVeldland" in body.text
    assert quiet.name not in body.text
    (link,) = re.findall(r"http://testserver(/u/\S+)", body.text)
    assert friends.name in client.get(link).text
    client.post(link)
    by_list = dict(Subscription.objects.values_list("mailing_list", "state"))
    assert by_list == {friends.pk: "unsubscribed", quiet.pk: "active"}


def test_lists_of_one_sender_share_a_welcome_and_a_language_without_words_gets_the_first():
    first = MailingListFactory(welcome_texts={"en": "We write on Fridays."})
    second, third = MailingListFactory(), MailingListFactory(**VOICE)
    contact = ContactFactory(language="kk")
    for row in (first, second, third):
        SubscriptionFactory(contact=contact, mailing_list=row, state=SubscriptionState.PENDING)
    subscriptions.confirm(contact=contact)
    shared, own = DeliveryBody.objects.order_by("pk")
    assert "We write on Fridays." in shared.text
    assert second.name in shared.text
    assert third.name in own.text
    assert third.name not in shared.text


# Without a confirmation ---------------------------------------------------------------
def test_a_list_that_asks_nobody_takes_a_new_address_and_says_so_by_mail(client):
    letters = MailingListFactory(double_opt_in=False, sends_welcome=False)
    subscriptions.request(asked(letters))
    assert states() == ["active"]
    assert kinds() == ["put_on"]
    event = ConsentEvent.objects.get()
    assert (event.act, event.method, event.legal_basis) == ("granted", "subscribe form", "consent")
    (link,) = re.findall(r"http://testserver(/u/\S+)", DeliveryBody.objects.get().text)
    client.post(link)
    assert states() == ["unsubscribed"]


def test_nobody_is_put_on_without_the_mail_that_says_so():
    letters = MailingListFactory(double_opt_in=False)
    contact = ContactFactory(email="anna@example.org")
    subscriptions.send_fresh_link(contact=contact)
    subscriptions.request(asked(letters))
    assert states() == ["pending"]
    assert kinds() == ["fresh_link"]


@pytest.mark.parametrize("before", ["left", "left all", "complained", "another list asks"])
def test_who_left_or_is_left_alone_is_asked_first_though_the_list_asks_nobody(before):
    letters = MailingListFactory(double_opt_in=False)
    contact = ContactFactory(email="anna@example.org")
    chosen = [letters]
    if before == "left":
        SubscriptionFactory(contact=contact, mailing_list=letters)
        subscriptions.leave(contact=contact, lists=[letters], method="test")
    elif before == "left all":
        subscriptions.leave_everything(contact=contact, method="test")
    elif before == "complained":
        suppressions.suppress(address_key=contact.address_key, reason=SuppressionReason.COMPLAINED)
    else:
        chosen.append(MailingListFactory())
    subscriptions.request(asked(*chosen))
    assert set(states()) == {"pending"}
    assert kinds() == ["confirm_subscription"]
    # The second request does not find a way past the first.
    Delivery.objects.all().delete()
    subscriptions.request(asked(*chosen))
    assert set(states()) == {"pending"}
