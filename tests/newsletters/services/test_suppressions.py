"""Leaving an address alone."""

import pytest

from newsletters.addresses import address_key, parse
from newsletters.models import (
    ActKind,
    ConsentEvent,
    Delivery,
    OtherAddress,
    StaffAct,
    Suppression,
)
from newsletters.services import suppressions
from newsletters.states import (
    ContactState,
    DeliveryState,
    SkipReason,
    SuppressionReason,
    SuppressionScope,
)
from tests.factories.newsletters import ContactFactory, DeliveryFactory, UserFactory

pytestmark = pytest.mark.django_db
REASONS = list(SuppressionReason)
KEY = "a" * 32


@pytest.mark.parametrize("first", REASONS)
@pytest.mark.parametrize("second", REASONS)
def test_of_two_reasons_the_weightier_stays_and_the_wider_scope(first, second):
    for reason in (first, second):
        suppressions.suppress(address_key=KEY, reason=reason, detail=reason)
    row = Suppression.objects.get()
    assert row.reason == max(first, second, key=suppressions.PRECEDENCE.index)
    assert row.detail == row.reason
    wide = SuppressionScope.ALL in (suppressions.SCOPES[first], suppressions.SCOPES[second])
    assert row.scope == (SuppressionScope.ALL if wide else SuppressionScope.BULK)


def test_every_reason_has_a_scope_and_a_weight():
    assert set(suppressions.SCOPES) == set(suppressions.PRECEDENCE) == set(REASONS)


@pytest.mark.parametrize("reason", REASONS)
def test_only_the_person_lifts_and_neither_complaint_nor_block(reason):
    anna = parse("Anna@example.org")
    suppressions.suppress(address_key=address_key(anna.canonical), reason=reason)
    lifted = suppressions.lift(address=anna)
    assert lifted == (reason not in (SuppressionReason.COMPLAINED, SuppressionReason.BLOCKED))
    assert Suppression.objects.exists() != lifted


def test_mailings_still_to_go_are_skipped_and_what_went_stays_as_it_was():
    contact = ContactFactory()
    for state in DeliveryState:
        DeliveryFactory(contact=contact, state=state)
    other = DeliveryFactory()
    suppressions.suppress(address_key=contact.address_key, reason=SuppressionReason.BLOCKED)
    skipped = Delivery.objects.filter(reason=SkipReason.SUPPRESSED)
    assert skipped.count() == 3
    assert not skipped.exclude(state=DeliveryState.SKIPPED).exists()
    other.refresh_from_db()
    assert other.state == DeliveryState.READY


def test_a_long_answer_of_a_relay_is_cut_to_what_fits():
    row = suppressions.suppress(
        address_key=KEY, reason=SuppressionReason.BOUNCED, detail="550 5.1.1 " + "x" * 900
    )
    assert len(row.detail) == 200


@pytest.mark.parametrize("first", [SuppressionReason.LEFT_ALL, SuppressionReason.COMPLAINED])
def test_taking_a_block_off_brings_back_what_was_there_before(first):
    contact, user = ContactFactory(), UserFactory()
    for reason in (first, SuppressionReason.BLOCKED, SuppressionReason.BOUNCED):
        suppressions.suppress(address_key=contact.address_key, reason=reason, detail="why")
    assert suppressions.unblock(contact=contact, by=user)
    row = Suppression.objects.get()
    heaviest = max(first, SuppressionReason.BOUNCED, key=suppressions.PRECEDENCE.index)
    assert (row.reason, row.scope) == (heaviest, "all")
    assert not suppressions.unblock(contact=contact, by=user)
    act = StaffAct.objects.get()
    assert (act.kind, act.contact_id, act.by) == (ActKind.UNBLOCKED, contact.pk, user)


def test_a_block_of_any_of_her_addresses_comes_off_and_nothing_is_left():
    contact = ContactFactory()
    suppressions.suppress(address_key=contact.address_key, reason=SuppressionReason.BLOCKED)
    assert suppressions.unblock(contact=contact, by=UserFactory())
    assert not Suppression.objects.exists()


@pytest.fixture
def further():
    """A person with two addresses, and mail on its way to the one we write to."""
    anna = ContactFactory()
    other = OtherAddress.objects.create(
        contact=anna,
        email="a@old.example",
        email_typed="",
        address_key=address_key("a@old.example"),
    )
    DeliveryFactory(contact=anna, state=DeliveryState.READY)
    return other


def test_a_complaint_about_mail_to_a_further_address_stops_all_mailings_to_the_person(further):
    suppressions.suppress(address_key=further.address_key, reason=SuppressionReason.COMPLAINED)
    anna = further.contact
    rows = Suppression.objects.filter(address_key__in=(anna.address_key, further.address_key))
    assert [(row.reason, row.scope) for row in rows] == [("complained", "bulk")] * 2
    assert Delivery.objects.get().reason == SkipReason.SUPPRESSED
    assert ConsentEvent.objects.get().contact == anna
    # Told again by the same reporter: nothing new in the ledger.
    suppressions.suppress(address_key=further.address_key, reason=SuppressionReason.COMPLAINED)
    assert ConsentEvent.objects.count() == 1


def test_a_further_mailbox_that_is_gone_says_nothing_about_the_one_we_write_to(further):
    suppressions.suppress(address_key=further.address_key, reason=SuppressionReason.BOUNCED)
    assert Suppression.objects.get().address_key == further.address_key
    assert Delivery.objects.get().state == DeliveryState.READY
    further.contact.refresh_from_db()
    assert further.contact.state == ContactState.REACHABLE


def test_a_mailbox_that_is_there_after_all_brings_nobody_back_who_left():
    anna = ContactFactory()
    for reason in (SuppressionReason.LEFT_ALL, SuppressionReason.BOUNCED):
        suppressions.suppress(address_key=anna.address_key, reason=reason)
    assert suppressions.heal(address_key=anna.address_key)
    row = Suppression.objects.get()
    assert (row.reason, row.scope, row.covered) == ("left_all", "bulk", "")
    anna.refresh_from_db()
    assert anna.state == ContactState.REACHABLE
    assert not suppressions.heal(address_key=anna.address_key)
