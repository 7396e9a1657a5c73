"""A person gives a new address on her own page; the new mailbox has to say yes."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters import mails
from newsletters.addresses import Address, address_key, parse
from newsletters.errors import AddressRefused
from newsletters.models import AddressChange, Contact
from newsletters.selectors.contacts import by_address
from newsletters.services import (
    addresses,
    limits,
    links,
    on_request,
    one_owner,
    outgoing,
    suppressions,
)

TRIES_A_DAY = 5
DAY = 24 * 3600


@transaction.atomic
def request(*, contact: Contact, address: Address) -> None:
    """Mail a button to ``address``; nothing changes before it is pressed.

    Whether anybody has the address already is not told here: its owner gets a
    mail that says so. The caps of mails on request hold. Raises AddressRefused
    for the address we have, and after five tries in a day.
    """
    if address.canonical == contact.email:
        raise AddressRefused("same", _("This is the address we write to already."))
    if not limits.allow("address change", str(contact.pk), limit=TRIES_A_DAY, seconds=DAY):
        raise AddressRefused(
            "often", _("You have tried this several times today. Come back tomorrow.")
        )
    waiting = AddressChange.objects.filter(contact=contact)
    waiting.exclude(email=address.canonical).delete()
    owner = by_address(address)
    if owner is not None and owner.pk != contact.pk:
        _tell_owner(owner)
    elif on_request.may_mail(contact, address_key=address_key(address.canonical)):
        waiting.delete()
        _ask(contact, address)


@transaction.atomic
def confirm(*, change: AddressChange) -> bool:
    """The new mailbox said yes: mail goes there from now on, and the old one gets a note.

    What kept the new address from being written to is lifted as far as the
    person herself can lift it. Consents stay. False when it was done already.
    Raises AddressRefused when somebody else has the address by now, or when it
    is not to be written to.
    """
    one_owner.before_moving()
    taken, _rows = AddressChange.objects.filter(pk=change.pk).delete()
    if not taken:
        return False
    contact = Contact.objects.select_for_update().get(pk=change.contact_id)
    before = outgoing.recipient(contact)
    address = parse(change.email_typed)
    suppressions.lift(address=address)
    if addresses.change(contact=contact, address=address, by=None):
        outgoing.queue(
            mail=mails.ADDRESS_CHANGED,
            to=before,
            context={"leave_url": links.leave_url(contact)},
        )
    return True


def past() -> QuerySet[AddressChange]:
    """New addresses that did not answer while their link worked."""
    over = timezone.now() - timedelta(hours=links.ADDRESS_HOURS + 1)
    return AddressChange.objects.filter(created_at__lt=over)


def forget() -> int:
    """Forget new addresses that did not answer while their link worked. Returns how many."""
    return past().delete()[0]


def _ask(contact: Contact, address: Address) -> None:
    change = AddressChange.objects.create(
        contact=contact, email=address.canonical, email_typed=address.typed
    )
    outgoing.queue(
        mail=mails.CONFIRM_ADDRESS,
        to=outgoing.Recipient(address.canonical, contact.language or "en", contact),
        context={"confirm_url": links.address_url(change)},
    )


def _tell_owner(owner: Contact) -> None:
    if on_request.may_mail(owner):
        outgoing.queue(
            mail=mails.ADDRESS_TAKEN,
            to=outgoing.recipient(owner),
            context={"preferences_url": links.preferences_url(owner)},
        )
