"""Keys that stand for an address where the address itself must not be kept, and masks for logs."""

import hmac
from functools import lru_cache

from django.conf import settings

from newsletters.addresses.parsing import Address
from newsletters.addresses.providers import RULES

_KEY_OCTETS = 16


def address_key(canonical: str) -> str:
    """32 hexadecimal digits that stand for this address: one mail per address, suppressions.

    Keyed, so a stolen table cannot be searched for a known address without
    the key, which lies outside the database.
    """
    return _keyed("address", canonical)


def person_key(address: Address) -> str:
    """32 hexadecimal digits shared by the spellings one mailbox answers to.

    For counting a signer once. Never for delivery: mail goes to the address
    that was given. Only the rules of known services are applied; elsewhere
    a+b and ab may be two people.
    """
    return _keyed("person", _person_form(address))


def domain_key(domain: str) -> str:
    """32 hexadecimal digits that stand for the domain of an address."""
    return _keyed("domain", domain)


def name_key(likeness: str) -> int:
    """A number of 64 bits, with its sign, that stands for a name and a place: finds doubles."""
    return int.from_bytes(bytes.fromhex(_keyed("name", likeness))[:8], "big", signed=True)


def mask(canonical: str) -> str:
    """The address as a log may hold it: ``a…@e….org``. Any text is answered, none is revealed."""
    local, at, domain = canonical.partition("@")
    if not at:
        return "…"
    name, dot, ending = domain.rpartition(".")
    if not dot:
        return f"{local[:1]}…@…"
    return f"{local[:1]}…@{name[:1]}….{ending}"


def _person_form(address: Address) -> str:
    rule = RULES.get(address.domain)
    if rule is None:
        return address.canonical
    local = address.canonical.rpartition("@")[0]
    if rule.plus:
        local = local.partition("+")[0]
    for char in rule.ignored:
        local = local.replace(char, "")
    return f"{local}@{rule.home}"


def _keyed(purpose: str, text: str) -> str:
    seal = _begun(settings.ADDRESS_KEY, purpose).copy()
    seal.update(text.encode())
    return seal.digest()[:_KEY_OCTETS].hex()


@lru_cache(maxsize=4)
def _begun(key: str, purpose: str) -> hmac.HMAC:
    """The work on the key itself, which is half of it, done once and not for each address."""
    return hmac.new(key.encode(), f"{purpose}:".encode(), "sha256")
