"""Our own addresses: no person reads them, and mail to them would go in circles."""

from email.utils import parseaddr

from django.conf import settings

from newsletters.addresses.parsing import Address, parse
from newsletters.addresses.sentences import refusal

# Where bounces come back and people leave by mail (compose/heads.py).
_MACHINES = ("bounce+", "leave+")


def parse_personal(text: str) -> Address:
    """One address that can be a person's. Raises AddressError as ``parse``, and for our own."""
    address = parse(text)
    if _is_ours(address):
        raise refusal("ours")
    return address


def _is_ours(address: Address) -> bool:
    if address.domain == settings.MAIL_DOMAIN and address.canonical.startswith(_MACHINES):
        return True
    return address.canonical == parseaddr(settings.MAIL_FROM)[1].lower()
