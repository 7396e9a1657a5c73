"""The addresses of one person: which one we write to, and by which others she is found."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from newsletters.addresses import Address, address_key, parse, person_key
from newsletters.errors import AddressRefused
from newsletters.models import ActKind, Contact, Delivery, OtherAddress, Suppression
from newsletters.selectors.contacts import by_address, is_kept_out
from newsletters.selectors.merges import reasons_of, shared
from newsletters.services import acts, one_owner, suppressions
from newsletters.states import ContactState, DeliveryState

MOST = 20


@transaction.atomic
def change(*, contact: Contact, address: Address, by: User | None) -> bool:
    """Mail goes to ``address`` from now on; the old one stays a further address of hers.

    Consents stay as they are. Whoever had complained, left everything or was
    blocked under the old address is left alone under the new one too; only a
    mailbox that does not exist is no reason against a new one. Mails of mailings
    that are still to go leave for the new address. ``by`` is None when she
    proved the new mailbox herself. False when nothing was to be changed.

    Raises AddressRefused when somebody else has the address, when it asked to be
    left alone for more than the old one did, or to be forgotten.
    """
    one_owner.before_moving()
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if contact.email == address.canonical:
        return False
    _check_free(contact, address)
    new_key = address_key(address.canonical)
    _check_written_to(contact.address_key, new_key)
    old = _columns_of_first(contact)
    OtherAddress.objects.filter(contact=contact, email=address.canonical).delete()
    contact.email = address.canonical
    contact.email_typed = address.typed
    contact.address_key = new_key
    contact.person_key = person_key(address)
    contact.state = ContactState.REACHABLE
    with _taken_this_moment():
        contact.save(
            update_fields=[*old, "person_key", "state", "updated_at"],
        )
        OtherAddress.objects.create(contact=contact, **old)
    _lead_mail_there(contact)
    _keep_alone(old["address_key"], new_key)
    _note(contact, by, "email")
    return True


@transaction.atomic
def add(*, contact: Contact, address: Address, by: User) -> OtherAddress:
    """A further address by which she is found. Nothing is sent there.

    What it was left alone for (a complaint, leaving everything, a block) holds for
    her, and so for the address we write to.

    Raises AddressRefused when somebody has it already, she or another, when its
    owner asked to be forgotten, or when she has ``MOST``.
    """
    one_owner.before_moving()
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    _check_free(contact, address)
    if by_address(address) is not None:
        raise AddressRefused("taken", _("This is one of this person's addresses already."))
    if contact.other_addresses.count() >= MOST:
        raise AddressRefused("many", _("Nobody can have more addresses here; remove one first."))
    with _taken_this_moment():
        made = OtherAddress.objects.create(contact=contact, **_columns(address))
    _keep_alone(made.address_key, contact.address_key)
    _note(contact, by, "other_addresses")
    return made


@transaction.atomic
def remove(*, other: OtherAddress, by: User) -> bool:
    """She is no longer found by this address. False when it was gone already."""
    removed, _rows = OtherAddress.objects.filter(pk=other.pk).delete()
    if removed:
        _note(other.contact, by, "other_addresses")
    return bool(removed)


def make_first(*, other: OtherAddress, by: User) -> bool:
    """Write to this one of her addresses from now on. As ``change``."""
    return change(contact=other.contact, address=parse(other.email_typed), by=by)


def _check_free(contact: Contact, address: Address) -> None:
    owner = by_address(address)
    if owner is not None and owner.pk != contact.pk:
        raise _taken()
    if owner is None and is_kept_out(address):
        raise AddressRefused(
            "forgotten",
            _(
                "Somebody with this address asked to be forgotten. Only that person can bring it "
                "back, by signing up and answering the mail."
            ),
        )


def _check_written_to(old_key: str, new_key: str) -> None:
    """What the old address is left alone for holds for the new one; anything else forbids it."""
    rows = {row.address_key: row for row in _stops(old_key, new_key)}
    if reasons_of(rows.get(new_key)) - shared([rows.get(old_key)]):
        raise AddressRefused(
            "suppressed",
            _("This address asked not to be written to, so mail cannot be led there."),
        )


def _stops(*keys: str) -> QuerySet[Suppression]:
    return Suppression.objects.filter(address_key__in=keys)


@contextmanager
def _taken_this_moment() -> Iterator[None]:
    """Somebody signed up with the address between our look and our write."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise _taken() from None


def _taken() -> AddressRefused:
    return AddressRefused(
        "taken", _("Another person has this address. If the two are one, merge them instead.")
    )


def _columns(address: Address) -> dict[str, Any]:
    return {
        "email": address.canonical,
        "email_typed": address.typed,
        "address_key": address_key(address.canonical),
    }


def _columns_of_first(contact: Contact) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in ("email", "email_typed", "address_key")}


def _lead_mail_there(contact: Contact) -> None:
    """Rows nobody has in hand. Not where this mailing has written to the new address before."""
    written_to = Delivery.objects.filter(
        mailing=OuterRef("mailing"), address_key=contact.address_key
    )
    Delivery.objects.filter(
        ~Exists(written_to),
        contact=contact,
        mailing__isnull=False,
        state=DeliveryState.READY,
    ).update(address=contact.email, address_key=contact.address_key)


def _keep_alone(old_key: str, new_key: str) -> None:
    row = _stops(old_key).first()
    if row is not None:
        for reason in shared([row]):
            suppressions.suppress(address_key=new_key, reason=reason, detail=row.detail)


def _note(contact: Contact, by: User | None, field: str) -> None:
    if by is not None:
        acts.note(kind=ActKind.EDITED, contact_id=contact.pk, by=by, details={"fields": [field]})
