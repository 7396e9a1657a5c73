"""One person, several addresses, and what each of them was promised."""

import pytest

from newsletters import addresses
from newsletters.errors import AddressRefused
from newsletters.models import ActKind, OtherAddress, StaffAct, Suppression
from newsletters.selectors.contacts import keys_of
from newsletters.services import addresses as service
from newsletters.services import erasure, suppressions
from newsletters.states import ContactState, DeliveryState, SubscriptionState, SuppressionReason
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NEW = addresses.parse("Anna@New.example")


@pytest.fixture
def user():
    return UserFactory()


def key_of(email):
    return addresses.address_key(email)


def test_a_new_address_takes_the_place_of_the_old_and_the_consents_stay(user):
    row = SubscriptionFactory(contact__email="old@example.org", contact__state="bounced")
    suppressions.suppress(address_key=key_of("old@example.org"), reason=SuppressionReason.BOUNCED)
    waiting = DeliveryFactory(contact=row.contact, state=DeliveryState.READY)
    sent = DeliveryFactory(contact=row.contact, state=DeliveryState.ACCEPTED)
    assert service.change(contact=row.contact, address=NEW, by=user)
    row.refresh_from_db()
    anna = row.contact
    assert (anna.email, anna.email_typed) == ("anna@new.example", "Anna@New.example")
    assert (anna.address_key, anna.person_key) == (key_of(anna.email), addresses.person_key(NEW))
    assert (row.state, anna.state) == (SubscriptionState.ACTIVE, ContactState.REACHABLE)
    assert anna.other_addresses.get().email == "old@example.org"
    # The dead mailbox stays on the list of those left alone; the new one is not on it.
    assert Suppression.objects.get().address_key == key_of("old@example.org")
    waiting.refresh_from_db()
    sent.refresh_from_db()
    assert (waiting.address, waiting.address_key) == (anna.email, anna.address_key)
    assert sent.address == "old@example.org"
    act = StaffAct.objects.get()
    assert (act.kind, act.contact_id, act.by) == (ActKind.EDITED, anna.pk, user)
    assert act.details == {"fields": ["email"]}
    assert not service.change(contact=anna, address=NEW, by=user)


@pytest.mark.parametrize(
    "reason", [SuppressionReason.COMPLAINED, SuppressionReason.LEFT_ALL, SuppressionReason.BLOCKED]
)
def test_who_is_left_alone_is_left_alone_under_a_new_address_too(user, reason):
    anna = ContactFactory()
    suppressions.suppress(address_key=anna.address_key, reason=reason, detail="asked us")
    service.change(contact=anna, address=NEW, by=user)
    row = Suppression.objects.get(address_key=key_of(NEW.canonical))
    assert (row.reason, row.scope) == (reason, suppressions.SCOPES[reason])


@pytest.mark.parametrize(
    "reason", [SuppressionReason.COMPLAINED, SuppressionReason.LEFT_ALL, SuppressionReason.BLOCKED]
)
def test_who_is_left_alone_by_an_address_is_left_alone_wherever_that_turns_out_to_be_hers(
    user, reason
):
    anna = ContactFactory()
    waiting = DeliveryFactory(contact=anna)
    suppressions.suppress(address_key=key_of(NEW.canonical), reason=reason, detail="asked us")
    service.add(contact=anna, address=NEW, by=user)
    row = Suppression.objects.get(address_key=anna.address_key)
    assert (row.reason, row.scope) == (reason, suppressions.SCOPES[reason])
    waiting.refresh_from_db()
    assert waiting.state == DeliveryState.SKIPPED


def test_a_dead_mailbox_among_her_further_addresses_says_nothing_about_her(user):
    anna = ContactFactory()
    suppressions.suppress(address_key=key_of(NEW.canonical), reason=SuppressionReason.BOUNCED)
    service.add(contact=anna, address=NEW, by=user)
    assert not Suppression.objects.filter(address_key=anna.address_key).exists()


def test_mail_is_not_led_to_an_address_that_asked_to_be_left_alone(user):
    anna = ContactFactory()
    suppressions.suppress(address_key=key_of(NEW.canonical), reason=SuppressionReason.LEFT_ALL)
    with pytest.raises(AddressRefused, match="asked not to be written to"):
        service.change(contact=anna, address=NEW, by=user)
    anna.refresh_from_db()
    assert anna.email_typed != NEW.typed
    # Once it is known to be hers, all of her addresses are left alone, whichever comes first.
    service.make_first(other=service.add(contact=anna, address=NEW, by=user), by=user)
    anna.refresh_from_db()
    assert anna.email_typed == NEW.typed
    alone = Suppression.objects.filter(reason=SuppressionReason.LEFT_ALL)
    assert set(alone.values_list("address_key", flat=True)) == set(keys_of(anna))


def test_who_left_everything_is_left_alone_though_her_mailbox_was_gone_in_the_end(user):
    """Of several reasons each goes over to the new address but the dead mailbox."""
    anna = ContactFactory()
    for reason in (
        SuppressionReason.LEFT_ALL,
        SuppressionReason.BOUNCED,
        SuppressionReason.COMPLAINED,
        SuppressionReason.BLOCKED,
    ):
        suppressions.suppress(address_key=anna.address_key, reason=reason)
    service.change(contact=anna, address=NEW, by=user)
    row = Suppression.objects.get(address_key=key_of(NEW.canonical))
    assert (row.reason, row.covered) == ("blocked", "left_all,complained")


def test_after_a_complaint_she_still_changes_between_her_own_addresses(user):
    anna = ContactFactory()
    other = service.add(contact=anna, address=NEW, by=user)
    suppressions.suppress(address_key=other.address_key, reason=SuppressionReason.COMPLAINED)
    assert service.make_first(other=other, by=user)
    assert Suppression.objects.filter(reason=SuppressionReason.COMPLAINED).count() == 2


def test_staff_cannot_bring_back_whoever_asked_to_be_forgotten(user):
    erasure.erase(contact=ContactFactory(email="anna.b+x@gmail.com"))
    berta = ContactFactory()
    for text in ("anna.b+x@gmail.com", "ANNAB@googlemail.com"):
        for act in (service.add, service.change):
            with pytest.raises(AddressRefused) as caught:
                act(contact=berta, address=addresses.parse(text), by=user)
            assert caught.value.code == "forgotten"


def test_an_address_of_somebody_else_is_refused_whichever_of_hers_it_is(user):
    anna, berta = ContactFactory(), ContactFactory()
    service.add(contact=berta, address=NEW, by=user)
    for taken in (NEW, addresses.parse(berta.email)):
        for act in (service.add, service.change):
            with pytest.raises(AddressRefused) as caught:
                act(contact=anna, address=taken, by=user)
            assert caught.value.code == "taken"


def test_the_first_address_and_a_further_one_change_places(user):
    anna = ContactFactory(email="old@example.org")
    other = service.add(contact=anna, address=NEW, by=user)
    assert service.make_first(other=other, by=user)
    anna.refresh_from_db()
    assert anna.email == "anna@new.example"
    other = OtherAddress.objects.get()
    assert other.email == "old@example.org"
    service.make_first(other=other, by=user)
    anna.refresh_from_db()
    assert (anna.email, anna.other_addresses.get().email) == ("old@example.org", "anna@new.example")
    assert service.remove(other=anna.other_addresses.get(), by=user)
    assert not OtherAddress.objects.exists()
    with pytest.raises(AddressRefused, match="already"):
        service.add(contact=anna, address=addresses.parse("Old@example.org"), by=user)


def test_one_mailing_never_reaches_an_address_twice_by_a_change(user):
    anna = ContactFactory()
    waiting = DeliveryFactory(contact=anna, state=DeliveryState.READY)
    DeliveryFactory(
        mailing=waiting.mailing,
        contact=ContactFactory(email=NEW.canonical),
        state=DeliveryState.ACCEPTED,
    ).contact.delete()
    service.change(contact=anna, address=NEW, by=user)
    waiting.refresh_from_db()
    assert waiting.address_key != key_of(NEW.canonical)


def test_nobody_has_more_addresses_than_a_page_can_show(user, monkeypatch):
    monkeypatch.setattr(service, "MOST", 1)
    anna = ContactFactory()
    service.add(contact=anna, address=NEW, by=user)
    with pytest.raises(AddressRefused) as caught:
        service.add(contact=anna, address=addresses.parse("more@example.net"), by=user)
    assert caught.value.code == "many"


def test_an_address_taken_between_the_look_and_the_write_is_refused_not_an_error(user):
    """The look goes by the address, the database's own rule by its key: here only that sees it."""
    anna = ContactFactory()
    berta = ContactFactory(email="unseen@example.org", address_key=key_of(NEW.canonical))
    OtherAddress.objects.create(
        contact=berta, email="unseen@x.org", email_typed="", address_key=key_of("b@x.org")
    )
    for act, taken in ((service.change, NEW), (service.add, addresses.parse("b@x.org"))):
        with pytest.raises(AddressRefused) as caught:
            act(contact=anna, address=taken, by=user)
        assert caught.value.code == "taken"
    before = anna.email
    anna.refresh_from_db()
    assert anna.email == before
    assert not anna.other_addresses.exists()
