"""What is known about mail services: how they compare addresses, how people misspell them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """How a service decides that two addresses are one mailbox."""

    home: str
    ignored: str = ""
    plus: bool = True


_GMAIL = Rule("gmail.com", ignored=".")
_PROTON = Rule("proton.me", ignored=".-_")

RULES: dict[str, Rule] = {
    "gmail.com": _GMAIL,
    "googlemail.com": _GMAIL,
    "proton.me": _PROTON,
    "protonmail.com": _PROTON,
    "protonmail.ch": _PROTON,
    "pm.me": _PROTON,
} | {
    domain: Rule(domain)
    for domain in (
        "fastmail.com",
        "fastmail.fm",
        "hotmail.co.uk",
        "hotmail.com",
        "hotmail.de",
        "hotmail.es",
        "hotmail.fr",
        "hotmail.it",
        "icloud.com",
        "live.co.uk",
        "live.com",
        "live.fr",
        "live.nl",
        "mac.com",
        "mailbox.org",
        "me.com",
        "msn.com",
        "outlook.com",
        "outlook.de",
        "outlook.es",
        "outlook.fr",
        "posteo.de",
        "posteo.net",
        "zoho.com",
    )
}

# Endings that do not exist, one slip away from one that does.
ENDING_SLIPS = {
    "cmo": "com",
    "comm": "com",
    "con": "com",
    "coom": "com",
    "ocm": "com",
    "vom": "com",
    "xom": "com",
    "nte": "net",
    "ner": "net",
    "ogr": "org",
    "orgg": "org",
    "rog": "org",
}

_OFTEN_MISSPELT = (
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "outlook.com",
    "protonmail.com",
    "yahoo.com",
)
# A key beside the right one, or an ending cut short: no rule makes these.
_SLIPS = {
    "gmaik.com": "gmail.com",
    "gmaill.co": "gmail.com",
    "gmaul.com": "gmail.com",
    "gmail.co": "gmail.com",
    "gmeil.com": "gmail.com",
    "gnail.com": "gmail.com",
    "homtail.com": "hotmail.com",
    "hotmail.co": "hotmail.com",
    "hotmsil.com": "hotmail.com",
    "hotnail.com": "hotmail.com",
    "hormail.com": "hotmail.com",
    "iclod.com": "icloud.com",
    "outllok.com": "outlook.com",
    "outlook.co": "outlook.com",
    "yahoo.co": "yahoo.com",
    "yajoo.com": "yahoo.com",
    "yhaoo.com": "yahoo.com",
}
# One slip from a big service and a real service all the same.
_REAL = {"mail.com", "googlmail.com"}


def _slips_of(domain: str) -> set[str]:
    """The spellings with one letter dropped, doubled or swapped with its neighbour."""
    name, dot, ending = domain.partition(".")
    slips = set()
    for at, letter in enumerate(name):
        slips.add(name[:at] + name[at + 1 :])
        slips.add(name[:at] + letter + name[at:])
        slips.add(name[:at] + name[at + 1 : at + 2] + letter + name[at + 2 :])
    return {slip + dot + ending for slip in slips} - {domain} - _REAL


MISSPELT: dict[str, str] = _SLIPS | {
    slip: domain for domain in _OFTEN_MISSPELT for slip in _slips_of(domain)
}
