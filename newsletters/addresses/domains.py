"""Names of hosts as IDNA 2008 (RFC 5891) writes them, and letters in disguise."""

import re
import unicodedata
from email.utils import parseaddr

import idna

from newsletters.addresses.sentences import refusal
from newsletters.errors import AddressError

MAX_LABEL_OCTETS = 63  # RFC 1035 section 2.3.4
MAX_DOMAIN_OCTETS = 253  # RFC 1035 section 2.3.4, without the length octets

_LABEL_ASCII = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


def read_domain(text: str) -> str:
    """The A-label form, lower case. Raises AddressError if this is no public host name.

    Two labels at least, the last one not a number: neither a machine's short
    name nor an IP address in any spelling.
    """
    if len(text) > MAX_DOMAIN_OCTETS:
        raise refusal("domain_long")
    if any(map(is_dressed, text)):
        raise refusal("wide")
    # RFC 5895 section 2: lower case and NFC come before IDNA 2008, which knows no capitals.
    typed_labels = unicodedata.normalize("NFC", text.lower()).split(".")
    if not all(typed_labels):
        raise refusal("domain_dots")
    if len(typed_labels) == 1:
        raise refusal("no_dot")
    labels = [_read_label(label) for label in typed_labels]
    if labels[-1].isdigit():
        raise refusal("domain_number")
    domain = ".".join(labels)
    if len(domain) > MAX_DOMAIN_OCTETS:
        raise refusal("domain_long")
    return domain


def author_domain(sender: str) -> str:
    """The domain of a From line as the DNS knows it; "" when there is none."""
    address = parseaddr(sender)[1].lower()
    domain = address.rpartition("@")[2] if "@" in address else ""
    if domain.isascii():
        return domain
    try:
        return read_domain(domain)
    except AddressError:
        return ""


def is_dressed(char: str) -> bool:
    """Whether this is another letter in disguise: ⓔ, full width, the Kelvin sign, 。for a dot."""
    if char.isascii():
        return False
    plain = unicodedata.normalize("NFKC", char)
    return plain.isascii() or plain != unicodedata.normalize("NFC", char) or char == "\u3002"


def _read_label(label: str) -> str:
    if len(label) > MAX_LABEL_OCTETS:
        raise refusal("domain_long")
    if label.isascii() and not _LABEL_ASCII.fullmatch(label):
        raise refusal("domain_character")
    try:
        return idna.alabel(label).decode("ascii")
    except idna.IDNAError:
        raise refusal("domain_character") from None
