"""What may be said about a valid address: a likely slip, a role, a look-alike. Never a refusal."""

import unicodedata

from newsletters.addresses.parsing import Address
from newsletters.addresses.providers import ENDING_SLIPS, MISSPELT

# Boxes read by a machine or by nobody. info@ and office@ are left out: small
# groups really do read their mail there.
_ROLES = frozenset(
    {
        "abuse",
        "bounce",
        "bounces",
        "daemon",
        "devnull",
        "donotreply",
        "do-not-reply",
        "hostmaster",
        "listserv",
        "mailer-daemon",
        "majordomo",
        "nobody",
        "noc",
        "noreply",
        "no-reply",
        "postmaster",
        "root",
        "security",
        "spam",
        "unsubscribe",
        "usenet",
        "webmaster",
    }
)
_ROLE_ENDINGS = ("-bounces", "-noreply", "-no-reply", "-owner", "-request")

# Scripts that are written together as a matter of course (UTS 39, "highly restrictive").
_EAST_ASIAN = frozenset({"BOPOMOFO", "CJK", "HANGUL", "HIRAGANA", "IDEOGRAPHIC", "KATAKANA"})
_EAST_ASIAN_OR_LATIN = _EAST_ASIAN | {"KATAKANA-HIRAGANA", "LATIN"}
# Cyrillic letters a reader takes for Latin ones.
_LOOK_ALIKES = frozenset("асеорхуіјѕһԁԛԝӏ")


def suggestion(address: Address) -> str | None:
    """The address that was probably meant, or None. To be asked, never to be imposed."""
    name, _, ending = address.domain.rpartition(".")
    domain = f"{name}.{ENDING_SLIPS.get(ending, ending)}"
    domain = MISSPELT.get(domain, domain)
    return f"{address.local}@{domain}" if domain != address.domain else None


def is_role(address: Address) -> bool:
    """Whether the address names a task no person reads mail for, such as abuse@ or noreply@."""
    local = address.canonical.rpartition("@")[0].partition("+")[0]
    return local in _ROLES or local.endswith(_ROLE_ENDINGS)


def is_suspicious(address: Address) -> bool:
    """Whether letters of two scripts are mixed, or Cyrillic ones pass for Latin. Only a flag."""
    if address.canonical.isascii() and "xn--" not in address.domain:
        return False
    labels = address.display_domain.split(".")
    return any(map(_is_mixed, [address.local, *labels])) or any(map(_is_look_alike, labels[:-1]))


def _is_mixed(word: str) -> bool:
    scripts = {unicodedata.name(char, "").partition(" ")[0] for char in word if char.isalpha()}
    return len(scripts) > 1 and not scripts <= _EAST_ASIAN_OR_LATIN


def _is_look_alike(word: str) -> bool:
    return any(char in _LOOK_ALIKES for char in word) and all(
        char in _LOOK_ALIKES or not char.isalpha() for char in word
    )
