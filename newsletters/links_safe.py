"""Links that may be shown to people: they lead where they seem to lead, or they are refused.

About links people click. What the program itself may fetch is another
question, answered where it fetches.
"""

import re
import unicodedata
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import idna
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from newsletters import addresses
from newsletters.addresses.domains import read_domain
from newsletters.addresses.scripts import is_deceptive_host
from newsletters.errors import AddressError, LinkRefused

MAX_LINK = 2000

_WEB = re.compile(r"https?://[^/?#]", re.IGNORECASE)
_MAILTO = re.compile(r"mailto:", re.IGNORECASE)
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
_OUTSIDE_RFC_3986 = frozenset('<>"{}`')
# What a server may read as the end of the text or as a new header line.
_CODED_CONTROL = re.compile(r"%(?:[01][0-9a-f]|7f)", re.IGNORECASE)
_PORT = re.compile(r"[0-9]{1,5}")
_MAX_PORT = 65535

_SENTENCES: dict[str, str | Promise] = {
    "empty": _("Write a link, like https://example.org/page."),
    "long": _("This link is longer than 2000 characters; use a shorter one."),
    "hidden": _("There is a space or a hidden character in this link; copy it again."),
    "backslash": _("There is a \\ in this link; write / instead."),
    "character": _("There is a sign in this link that a link cannot have; copy it again."),
    "scheme": _("A link starts with https:// (or http:// or mailto:)."),
    "password": _("This link holds a user name before an @; take that part out."),
    "host": _("The name of the website is missing or wrong; it looks like example.org."),
    "deceptive": _("The name of this website mixes alphabets and looks like another one."),
    "port": _("The number after the name of the website is wrong; take it out."),
    "mailto": _("After mailto: write one e-mail address, or several with commas between them."),
}


def check_url(text: str) -> str:
    """The link with scheme and host in lower case and the host in ASCII; the rest as given.

    Only https, http and mailto. Checking the result again changes nothing.
    Raises LinkRefused with a sentence for the person who pasted it.
    """
    _check_characters(text)
    if _MAILTO.match(text):
        return _check_mailto(text)
    if not _WEB.match(text):
        raise _refusal("scheme")
    try:
        parts = urlsplit(text)
    except ValueError:  # square brackets that hold no IPv6 address
        raise _refusal("host") from None
    if _CODED_CONTROL.search(text):
        raise _refusal("hidden")
    authority = _check_authority(parts)
    # From the text itself: urlunsplit() would drop an empty query or fragment.
    rest = text[len(parts.scheme) + len("://") + len(parts.netloc) :]
    return _within_limit(f"{parts.scheme}://{authority}{rest}")


def _refusal(code: str) -> LinkRefused:
    return LinkRefused(code, _SENTENCES[code])


def _within_limit(link: str) -> str:
    if len(link) > MAX_LINK:
        raise _refusal("long")
    return link


def _check_characters(text: str) -> None:
    if not text:
        raise _refusal("empty")
    _within_limit(text)
    if any(unicodedata.category(char) in _HIDDEN for char in text):
        raise _refusal("hidden")
    if "\\" in text:
        raise _refusal("backslash")
    if not _OUTSIDE_RFC_3986.isdisjoint(text):
        raise _refusal("character")


def _check_authority(parts: SplitResult) -> str:
    if "@" in parts.netloc:
        raise _refusal("password")
    if parts.netloc.startswith("["):
        raise _refusal("host")
    name, colon, port = parts.netloc.partition(":")
    if colon and not (_PORT.fullmatch(port) and 1 <= int(port) <= _MAX_PORT):
        raise _refusal("port")
    try:
        host = read_domain(name)
    except AddressError:
        raise _refusal("host") from None
    if "xn--" in host and is_deceptive_host(idna.decode(host)):
        raise _refusal("deceptive")
    return host + colon + port


def _check_mailto(text: str) -> str:
    """RFC 6068: addresses, then subject, body, cc and bcc; line ends only in the body."""
    everyone, _, query = text[len("mailto:") :].partition("?")
    recipients = unquote(everyone).split(",")
    # In a mailto link + is a plus, not a space.
    for name, value in parse_qsl(query.replace("+", "%2B"), keep_blank_values=True):
        if name.lower() in {"cc", "bcc"}:
            recipients += value.split(",")
        elif name.lower() not in {"subject", "body"}:
            raise _refusal("mailto")
        allowed = "\r\n\t" if name.lower() == "body" else ""
        if any(unicodedata.category(char) == "Cc" and char not in allowed for char in value):
            raise _refusal("hidden")
    try:
        for recipient in recipients:
            addresses.parse(recipient)
    except AddressError:
        raise _refusal("mailto") from None
    return "mailto:" + text[len("mailto:") :]
