"""Forgetting one person because she asked: at once, in every table, and for good."""

from collections.abc import Collection, Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from newsletters.mails import MAILS
from newsletters.models import (
    ActKind,
    AddressChange,
    ConsentAct,
    ConsentEvent,
    Contact,
    Delivery,
    Suppression,
)
from newsletters.ports import personal_data
from newsletters.selectors.contacts import keys_of, mailboxes_of, spellings_of
from newsletters.services import acts, consent, outgoing, suppressions, traces
from newsletters.services.consent import Door
from newsletters.states import SubscriptionState, SuppressionReason

# The door in the ledger of consents.
METHOD = "forget me"


@transaction.atomic
def erase(*, contact: Contact, also: Collection[int] = (), by: User | None = None) -> bool:
    """Nothing names her any more, whatever state her mails are in. False when she is gone already.

    Gone: profile, addresses, notes, tags, fields, snapshots for an undo, mails of
    our own, and what the apps above hold, as their policies say. Mails of mailings
    still to go are skipped (ERASED); the rows of all mails stay for the sums,
    without contact, address and key. The ledger of consents gets her withdrawal
    and keeps the keyed hash of the address; each address is suppressed (ERASED), and
    every spelling of it is kept out, so that no import revives her. Only she herself
    can come back, by a mail she answers.

    ``also`` are the numbers of further rows of her mailbox that are she as well, gone
    at the same moment. Never without being named: of one mailbox several people
    may be here, each by a spelling of their own, and what is erased is gone for good.
    A number that is not of her mailbox (``selectors.contacts.spellings_of``) is passed over.

    ``by`` is who did it for her and stands in the audit, once for each row; None when
    she did it herself.
    """
    # Whoever writes a row that points to her waits here, and finds her gone.
    rows = Contact.objects.select_for_update().filter(pk__in={contact.pk, *also}).order_by("pk")
    found = {row.pk: row for row in rows}
    if contact.pk not in found:
        return False
    hers = [row.pk for row in spellings_of(found[contact.pk])]
    for pk in (contact.pk, *(found.keys() & hers)):
        _erase(found[pk], by)
    return True


def _erase(row: Contact, by: User | None) -> None:
    keys = keys_of(row)
    addresses = _addresses_of(row)
    _forget_mails(row, keys)
    _withdraw(row)
    for holder in personal_data():
        holder.erase(keys)
    traces.remove(contact_id=row.pk, addresses=addresses, keys=keys)
    for key in keys:
        suppressions.suppress(address_key=key, reason=SuppressionReason.ERASED)
    suppressions.keep_out(person_keys=mailboxes_of(row))
    # What a relay said or staff wrote may name her.
    Suppression.objects.filter(address_key__in=keys).update(detail="")
    if by is not None:
        acts.note(kind=ActKind.ERASED, contact_id=row.pk, by=by)
    row.delete()


def _addresses_of(contact: Contact) -> set[str]:
    """Every spelling that is stored of every address of hers, also one that never answered."""
    found = {contact.email, contact.email_typed}
    for rows in (contact.other_addresses, AddressChange.objects.filter(contact=contact)):
        for pair in rows.values_list("email", "email_typed"):
            found.update(pair)
    return {address for address in found if address}


def _forget_mails(contact: Contact, keys: Sequence[str]) -> None:
    outgoing.forget(Delivery.objects.filter(contact=contact))
    outgoing.forget(outgoing.of_kinds(MAILS, keys))


def _withdraw(contact: Contact) -> None:
    standing = contact.subscriptions.exclude(state=SubscriptionState.UNSUBSCRIBED)
    for row in standing.select_related("mailing_list"):
        consent.record(
            contact=contact,
            act=ConsentAct.WITHDRAWN,
            door=Door(method=METHOD),
            mailing_list=row.mailing_list,
        )
    consent.withdraw_everything(contact=contact, method=METHOD)
    # What she agreed to under an earlier address is found by that key alone from now on.
    earlier = ConsentEvent.objects.filter(contact=contact).exclude(address_key=contact.address_key)
    ConsentEvent.objects.bulk_create(
        ConsentEvent(
            address_key=key,
            purpose=consent.EVERYTHING,
            act=ConsentAct.WITHDRAWN,
            method=METHOD,
            happened_at=timezone.now(),
        )
        for key in earlier.order_by().values_list("address_key", flat=True).distinct()
    )
