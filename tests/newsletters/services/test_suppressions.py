"""Leaving an address alone."""

import pytest

from newsletters.models import ActKind, Delivery, StaffAct, Suppression
from newsletters.services import suppressions
from newsletters.states import DeliveryState, SkipReason, SuppressionReason, SuppressionScope
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
    suppressions.suppress(address_key=KEY, reason=reason)
    lifted = suppressions.lift(address_key=KEY)
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
