"""Leaving an address alone, and stopping what is already on its way."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from newsletters import addresses
from newsletters.addresses import Address, person_key
from newsletters.models import ActKind, Contact, Delivery, Forgotten, Suppression
from newsletters.selectors.contacts import by_key, keys_of
from newsletters.services import acts, consent
from newsletters.states import (
    ContactState,
    DeliveryState,
    SkipReason,
    SuppressionReason,
    SuppressionScope,
)

# The door of a complaint in the ledger of consents.
COMPLAINT = "spam complaint"
SCOPES = {
    SuppressionReason.BOUNCED: SuppressionScope.ALL,
    SuppressionReason.COMPLAINED: SuppressionScope.BULK,
    SuppressionReason.LEFT_ALL: SuppressionScope.BULK,
    SuppressionReason.ERASED: SuppressionScope.ALL,
    SuppressionReason.BLOCKED: SuppressionScope.ALL,
}


# Later in the row wins: who blocked or complained is not brought back by a bounce that heals.
PRECEDENCE = (
    SuppressionReason.LEFT_ALL,
    SuppressionReason.BOUNCED,
    SuppressionReason.ERASED,
    SuppressionReason.COMPLAINED,
    SuppressionReason.BLOCKED,
)
LIFTED_BY_THE_PERSON = (
    SuppressionReason.LEFT_ALL,
    SuppressionReason.BOUNCED,
    SuppressionReason.ERASED,
)


@transaction.atomic
def suppress(*, address_key: str, reason: SuppressionReason, detail: str = "") -> Suppression:
    """Write no more to this address. Rows of mailings still to go are skipped at once.

    An address that is suppressed already keeps the wider scope of the two and
    the reason that weighs more (``PRECEDENCE``). A mailbox that does not exist says
    nothing about a person's other addresses. A complaint is hers, by whichever of
    her addresses it came: the one we write to is left alone too, and the ledger of
    consents says that she withdrew everything.
    """
    row = _write_down(address_key, reason, detail)
    if reason == SuppressionReason.BOUNCED:
        Contact.objects.filter(address_key=address_key).update(state=ContactState.BOUNCED)
    owner = by_key(address_key) if reason == SuppressionReason.COMPLAINED else None
    if owner is not None:
        consent.withdraw_everything(contact=owner, method=COMPLAINT)
        if owner.address_key != address_key:
            _write_down(owner.address_key, reason, detail)
    return row


def keep_out(*, person_keys: Collection[str]) -> None:
    """Neither a sheet nor staff bring these people in again; only they themselves (``lift``)."""
    Forgotten.objects.bulk_create(
        [Forgotten(person_key=key) for key in sorted(person_keys)], ignore_conflicts=True
    )


def lift(*, address: Address) -> bool:
    """The person herself proved the mailbox and asked to come back. True when something was lifted.

    Only called where a link from her own mail was used. A block by staff and a
    spam complaint are not lifted.
    """
    key = addresses.address_key(address.canonical)
    lifted, _ = Suppression.objects.filter(
        address_key=key, reason__in=LIFTED_BY_THE_PERSON
    ).delete()
    remembered, _ = Forgotten.objects.filter(person_key=person_key(address)).delete()
    _reach(key)
    return bool(lifted or remembered)


@transaction.atomic
def heal(*, address_key: str) -> bool:
    """The mailbox is there after all. Whatever else the address is left alone for stands."""
    row = (
        Suppression.objects.select_for_update()
        .filter(address_key=address_key, reason=SuppressionReason.BOUNCED)
        .first()
    )
    if row is None:
        return False
    _uncover(row)
    _reach(address_key)
    return True


@transaction.atomic
def block(*, contact: Contact, reason: str, by: User) -> None:
    """Staff's own decision: nothing at all goes to the address we write to. See ``suppress``."""
    suppress(address_key=contact.address_key, reason=SuppressionReason.BLOCKED, detail=reason)
    acts.note(kind=ActKind.BLOCKED, contact_id=contact.pk, by=by)


@transaction.atomic
def unblock(*, contact: Contact, by: User) -> bool:
    """Staff take back their own block, of all addresses of this person. False without one.

    Whatever else an address is left alone for stands: a complaint, a dead mailbox,
    or that she left everything before she was blocked.
    """
    blocks = Suppression.objects.select_for_update().filter(
        address_key__in=keys_of(contact), reason=SuppressionReason.BLOCKED
    )
    taken_off = list(blocks)
    for row in taken_off:
        _uncover(row)
    if taken_off:
        acts.note(kind=ActKind.UNBLOCKED, contact_id=contact.pk, by=by)
    return bool(taken_off)


def skip(*, address_key: str, reason: SkipReason) -> int:
    """Skip every mailing's row of this address that has not left yet. Returns how many.

    A claimed row keeps its claim: should its mail be in the air right now, the
    worker's mark turns it into accepted, which is then the truth.
    """
    return Delivery.objects.filter(
        contact__address_key=address_key,
        mailing__isnull=False,
        state__in=(DeliveryState.READY, DeliveryState.CLAIMED, DeliveryState.UNSURE),
    ).update(state=DeliveryState.SKIPPED, reason=reason)


def _write_down(address_key: str, reason: SuppressionReason, detail: str) -> Suppression:
    row, created = Suppression.objects.select_for_update().get_or_create(
        address_key=address_key,
        defaults={
            "scope": SCOPES[reason],
            "reason": reason,
            "detail": detail[:200],
            "since": timezone.now(),
        },
    )
    if not created:
        _add_reason(row, reason, detail)
    skip(address_key=address_key, reason=SkipReason.SUPPRESSED)
    return row


def _reach(address_key: str) -> None:
    Contact.objects.filter(address_key=address_key, state=ContactState.BOUNCED).update(
        state=ContactState.REACHABLE
    )


def _add_reason(row: Suppression, reason: SuppressionReason, detail: str) -> None:
    if SCOPES[reason] == SuppressionScope.ALL:
        row.scope = SuppressionScope.ALL
    reasons = {*_covered(row), SuppressionReason(row.reason), reason}
    if PRECEDENCE.index(reason) > PRECEDENCE.index(SuppressionReason(row.reason)):
        row.reason = reason
        row.detail = detail[:200]
    row.covered = ",".join(one for one in PRECEDENCE if one in reasons and one != row.reason)
    row.save(update_fields=["scope", "reason", "detail", "covered"])


def _covered(row: Suppression) -> list[SuppressionReason]:
    """The further reasons of a row, the weightiest last."""
    return [SuppressionReason(one) for one in row.covered.split(",") if one]


def _uncover(row: Suppression) -> None:
    """Without its first reason the row goes on for the next one, or ends."""
    reasons = _covered(row)
    if not reasons:
        row.delete()
        return
    row.reason = reasons[-1]
    row.detail = ""
    row.covered = ",".join(reasons[:-1])
    scopes = {SCOPES[reason] for reason in reasons}
    row.scope = SuppressionScope.ALL if SuppressionScope.ALL in scopes else SuppressionScope.BULK
    row.save(update_fields=["scope", "reason", "detail", "covered"])
