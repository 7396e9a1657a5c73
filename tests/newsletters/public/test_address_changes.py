"""A person changes her own address."""

import re

import pytest

from newsletters import tokens
from newsletters.addresses import address_key
from newsletters.models import (
    AddressChange,
    ConsentEvent,
    Contact,
    Delivery,
    DeliveryBody,
    OtherAddress,
    Suppression,
)
from newsletters.services import address_changes, links, subscriptions, suppressions
from newsletters.services.address_changes import TRIES_A_DAY
from newsletters.states import SubscriptionState, SuppressionReason
from tests.factories.newsletters import ContactFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db
NEW = "mira@new.example"


@pytest.fixture
def person():
    return ContactFactory(email="mira@old.example", given_name="Mira")


def door_of(person):
    return links.preferences_url(person).removeprefix("http://testserver") + "address/"


def ask(client, person, address=NEW, **more):
    return client.post(door_of(person), {"new_address": address, **more}, follow=True)


def link_in_mail():
    (link,) = re.findall(r"http://testserver(/a/\S+)", DeliveryBody.objects.latest("pk").text)
    return link


def kinds():
    return [kind.partition(".")[2] for kind in Delivery.objects.values_list("kind", flat=True)]


def test_only_the_button_in_the_new_mailbox_changes_the_address(client, person):
    row = SubscriptionFactory(contact=person)
    answer = ask(client, person)
    assert "Look into the new mailbox" in answer.text
    asked = Delivery.objects.get()
    assert (asked.kind, asked.address) == ("newsletters.confirm_address", NEW)
    body = DeliveryBody.objects.get()
    assert "old.example" not in body.text + body.html
    link = link_in_mail()
    page = client.get(link).text
    assert page.count("<button") == 1
    for secret in ("mira@", "Mira"):
        assert secret not in page
    person.refresh_from_db()
    assert person.email == "mira@old.example"
    assert "Your new address holds" in client.post(link).text
    person.refresh_from_db()
    row.refresh_from_db()
    assert (person.email, person.address_key) == (NEW, address_key(NEW))
    assert OtherAddress.objects.get().email == "mira@old.example"
    assert row.state == SubscriptionState.ACTIVE
    assert not ConsentEvent.objects.exists()
    note = Delivery.objects.latest("pk")
    assert (note.kind, note.address) == ("newsletters.address_changed", "mira@old.example")
    assert NEW not in DeliveryBody.objects.latest("pk").text
    again = client.post(link)
    assert again.status_code == 410
    assert len(kinds()) == 2


def test_the_note_to_the_old_mailbox_can_end_everything(client, person):
    row = SubscriptionFactory(contact=person)
    ask(client, person)
    client.post(link_in_mail())
    (way_out,) = re.findall(r"http://testserver(/u/\S+)", DeliveryBody.objects.latest("pk").text)
    assert "no more letters of any kind" in client.get(way_out).text
    client.post(way_out)
    row.refresh_from_db()
    assert row.state == SubscriptionState.UNSUBSCRIBED


def test_the_page_does_not_tell_whether_somebody_has_the_address(client, person):
    owner = ContactFactory(email=NEW)
    hers = ContactFactory(email="first@else.example")
    OtherAddress.objects.create(
        contact=hers,
        email="second@else.example",
        email_typed="second@else.example",
        address_key=address_key("second@else.example"),
    )
    suppressions.suppress(
        address_key=address_key("blocked@x.example"), reason=SuppressionReason.BLOCKED
    )
    wanted = [NEW, "second@else.example", "blocked@x.example", "free@x.example"]
    pages = {strip(ask(client, person, one)) for one in wanted}
    assert len(pages) == 1
    sent = dict(Delivery.objects.values_list("address", "kind"))
    assert sent == {
        owner.email: "newsletters.address_taken",
        hers.email: "newsletters.address_taken",
        "free@x.example": "newsletters.confirm_address",
    }
    taken = DeliveryBody.objects.earliest("pk")
    assert "mira@old" not in taken.text + taken.html
    person.refresh_from_db()
    assert person.email == "mira@old.example"


def strip(answer):
    return re.sub(r"/[pf]/[\w-]{48}/", "", answer.text)


def test_an_older_link_does_not_say_yes_to_a_newer_address(client, person):
    ask(client, person)
    old = link_in_mail()
    ask(client, person, "other@new.example")
    new = link_in_mail()
    assert client.post(old).status_code == 410
    person.refresh_from_db()
    assert person.email == "mira@old.example"
    client.post(new)
    person.refresh_from_db()
    assert person.email == "other@new.example"


def test_who_took_the_address_meanwhile_keeps_it(client, person):
    ask(client, person)
    link = link_in_mail()
    owner = ContactFactory(email=NEW)
    answer = client.post(link)
    assert answer.status_code == 409
    assert "Nothing was changed" in answer.text
    person.refresh_from_db()
    assert person.email == "mira@old.example"
    assert Contact.objects.get(email=NEW) == owner


def test_what_she_left_stays_left_and_a_dead_mailbox_is_over(client, person):
    subscriptions.leave_everything(contact=person, method="test")
    ask(client, person)
    client.post(link_in_mail())
    assert Suppression.objects.get(address_key=address_key(NEW)).reason == "left_all"
    person.refresh_from_db()
    suppressions.suppress(address_key=address_key("b@x.example"), reason=SuppressionReason.BOUNCED)
    ask(client, person, "b@x.example")
    client.post(link_in_mail())
    person.refresh_from_db()
    assert (person.email, person.state) == ("b@x.example", "reachable")
    assert Suppression.objects.get(address_key=person.address_key).reason == "left_all"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Write an e-mail address"),
        ("mira", "There is no @ here"),
        ("a@x.example, b@x.example", "more than one address"),
        ("mira@old.example", "write to already"),
    ],
)
def test_what_cannot_be_an_address_is_explained_at_the_field(client, person, typed, sentence):
    answer = client.post(door_of(person), {"new_address": typed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not Delivery.objects.exists()


def test_a_slip_is_asked_about_and_never_blocks(client, person):
    answer = ask(client, person, "mira@gmial.com")
    assert "mira@gmail.com" in answer.text
    assert not Delivery.objects.exists()
    ask(client, person, "mira@gmial.com", use="mira@gmial.com")
    assert Delivery.objects.get().address == "mira@gmial.com"


def test_nobody_can_fill_mailboxes_from_her_page(client, person):
    for number in range(TRIES_A_DAY + 2):
        answer = client.post(door_of(person), {"new_address": f"victim{number}@x.example"})
    assert "Come back tomorrow" in answer.text
    assert len(kinds()) == TRIES_A_DAY
    other = ContactFactory()
    ask(client, other, "victim0@x.example")
    assert len(kinds()) == TRIES_A_DAY


def test_links_run_out_and_what_was_typed_is_forgotten(client, person):
    ask(client, person)
    change = AddressChange.objects.get()
    old = tokens.seal(
        tokens.CHANGE_ADDRESS, change.pk, person.pk, stamp=tokens.this_hour() - 3 * 24 - 1
    )
    assert client.post(f"/a/{old}/").status_code == 410
    assert client.get(f"/a/{'x' * 48}/").status_code == 404
    other = tokens.seal(tokens.CHANGE_ADDRESS, change.pk, ContactFactory().pk)
    assert client.post(f"/a/{other}/").status_code == 410
    assert address_changes.forget() == 0
    AddressChange.objects.update(created_at="2026-01-01T00:00Z")
    assert address_changes.forget() == 1
