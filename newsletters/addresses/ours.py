"""Our own addresses: no person reads them, and mail to them would go in circles."""

from email.utils import parseaddr
from functools import lru_cache

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
    if address.canonical.startswith(_MACHINES) and address.domain == settings.MAIL_DOMAIN:
        return True
    return address.canonical == _sender(settings.MAIL_FROM)


@lru_cache(maxsize=1)
def _sender(mail_from: str) -> str:
    """The address in a From line. Read once, not for each row of a sheet."""
    return parseaddr(mail_from)[1].lower()
