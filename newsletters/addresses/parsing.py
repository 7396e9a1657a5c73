"""Read exactly one e-mail address, and nothing that merely resembles one.

Stricter than RFC 5321 on purpose: quoted local parts, comments, address
literals and source routes are how one field comes to mean two recipients.
Domains follow IDNA 2008 (RFC 5891), other scripts before the @ RFC 6531.
"""

import re
import unicodedata
from typing import NamedTuple

import idna

from newsletters.addresses.domains import MAX_LABEL_OCTETS, is_dressed, read_domain
from newsletters.addresses.sentences import refusal

MAX_LOCAL_OCTETS = 64  # RFC 5321 section 4.5.3.1.1
MAX_OCTETS = 254  # RFC 5321 section 4.5.3.1.3: a path of 256 holds < and > as well

# Nearly every row of an import: plain letters, no label that could be a
# punycode form, no label too long. Whatever does not match is read slowly.
_PLAIN = re.compile(
    r"([A-Za-z0-9_][A-Za-z0-9_'+-]*+(?:\.[A-Za-z0-9_'+-]++)*+)"
    r"@((?:[A-Za-z0-9]++(?:-[A-Za-z0-9]++)*+\.)++[A-Za-z]{2,63})"
)
# What RFC 5322 allows in an atom, without % and ! which old relays take for a route.
_LOCAL_ASCII = re.compile(r"[A-Za-z0-9#$&'*+/=?^_`{|}~.-]*")
# Programs take a leading - for an option, | for a pipe, = + for a formula.
_FORBIDDEN_STARTS = "-|=+"
_JOINERS = "\u200c\u200d"  # part of words in some scripts; IDNA 2008 says where
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_LOST = "\ufffd"  # stands where a program could not read a letter
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class Address(NamedTuple):
    """One address: as it was typed, its local part (NFC, case kept), its domain as A-labels.

    ``canonical`` is the form two spellings of one mailbox share.
    """

    typed: str
    local: str
    domain: str
    canonical: str

    @property
    def display_domain(self) -> str:
        """The domain in its own script."""
        return idna.decode(self.domain) if "xn--" in self.domain else self.domain

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only a relay that offers SMTPUTF8 (RFC 6531) can carry it."""
        return not self.local.isascii()


def parse(text: str) -> Address:
    """Read one address. Raises AddressError with the code and sentence of the first cause found.

    White space around it is refused too: a form strips, an import repairs.
    """
    match = _PLAIN.fullmatch(text)
    if match and len(text) <= MAX_OCTETS:
        local, domain = match.groups()
        if len(local) <= MAX_LOCAL_OCTETS and len(domain) <= MAX_LABEL_OCTETS:
            return Address(text, local, domain.lower(), text.lower())
    return _parse_slowly(text)


def is_plain(text: str) -> bool:
    """Whether it is an address by its look already, so that there is nothing to repair."""
    return _PLAIN.fullmatch(text) is not None


def _parse_slowly(text: str) -> Address:
    _check_whole(text)
    typed_local, _, typed_domain = text.partition("@")
    local, domain = _read_local(typed_local), _read_domain(typed_domain)
    if len(local.encode()) + 1 + len(domain) > MAX_OCTETS:
        raise refusal("too_long")
    return Address(text, local, domain, f"{_lower(local)}@{domain}")


def _lower(local: str) -> str:
    """Only A to Z are lower-cased before the @.

    Full case folding would make one person of MİKE, mıke and mike, who may be three;
    whoever owned one of them could then act for another.
    """
    lower = local.translate(_ASCII_LOWER)
    # j and a caron have a common form, J and a caron have none.
    return lower if lower.isascii() else unicodedata.normalize("NFC", lower)


def _check_whole(text: str) -> None:
    if not text.strip():
        raise refusal("empty")
    if len(text) > MAX_OCTETS:
        raise refusal("too_long")
    if any(unicodedata.category(char) in _HIDDEN and char not in _JOINERS for char in text):
        raise refusal("hidden")
    if _LOST in text:
        raise refusal("hidden")
    if text.count("@") > 1:
        raise refusal("several")
    if any(unicodedata.category(char) == "Zs" for char in text):
        raise refusal("space")
    if any(is_dressed(char) for char in text):
        raise refusal("wide")
    if "@" not in text:
        raise refusal("no_at")
    if any(char in '<>"()' for char in text):
        raise refusal("wrapped")


def _read_local(text: str) -> str:
    local = unicodedata.normalize("NFC", text)
    if not local:
        raise refusal("no_local")
    if len(local.encode()) > MAX_LOCAL_OCTETS:
        raise refusal("local_long")
    if any(char in local for char in _JOINERS):
        raise refusal("hidden")
    if local[0] in _FORBIDDEN_STARTS:
        raise refusal("local_start")
    if not _LOCAL_ASCII.fullmatch("".join(char for char in local if char.isascii())):
        raise refusal("local_character")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise refusal("local_dots")
    return local


def _read_domain(text: str) -> str:
    if not text:
        raise refusal("no_domain")
    if text.startswith("["):
        raise refusal("literal")
    return read_domain(text)
