"""Counted links and the counted picture: put into a finished text, and taken out again.

Both are slots only a frozen text has: nobody can type them, since every typed text is
checked against the fields of a reader alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http.request import validate_host
from django.urls import Resolver404, resolve
from django.utils.html import escape

from newsletters.compose.skeleton import Words
from newsletters.ports import sensitive_subjects

# An index of the database holds no longer one.
MOST_BYTES = 2000
# As css_inline writes a tag: every value in double quotes.
LINK = re.compile(
    r"""(<a(?:\s+[\w:-]+(?:="[^"]*")?)*?\s+href=")(https?://[^"]*)(?=")""", re.IGNORECASE
)
PICTURE = '<img src="{{ open_url }}" alt="" width="1" height="1" />'
END = "</body>"
SLOT = re.compile(r"\{\{ click_([0-9]+) \}\}")
# What may follow an address in the text part without being of it.
BEFORE, BEHIND = r"(?<![^\s(<\[])", r"(?=[)>\].,;:!?]*(?:\s|$))"


def links(html: str) -> list[str]:
    """The addresses a finished HTML part leads to and that may be counted, each once, in order.

    Not those filled in for each reader, and not pages of ours behind a secret.
    """
    found = dict.fromkeys(unescape(match[2]) for match in LINK.finditer(html))
    return [url for url in found if _may_be_counted(url)]


def counted(words: Words, clicks: Mapping[str, int], *, opens: bool) -> Words:
    """The text with a slot in place of each address in ``clicks`` (address → its number).

    With ``opens`` also the picture, which shows nothing and lies on our own host.
    """

    def slot(match: re.Match[str]) -> str:
        number = clicks.get(unescape(match[2]))
        return match[0] if number is None else f"{match[1]}{_slot(number)}"

    html = LINK.sub(slot, words.html)
    if opens:
        head, end, rest = html.rpartition(END)
        html = f"{head}{PICTURE}{end}{rest}"
    return Words(words.subject, html, _in_text(words.text, clicks))


def plain(words: Words, urls: Mapping[int, str]) -> Words:
    """The text as it was before ``counted`` (number → address): nothing in it tells of anybody."""
    html = words.html.replace(PICTURE, "")
    return Words(
        words.subject,
        SLOT.sub(lambda match: escape(urls[int(match[1])]), html),
        SLOT.sub(lambda match: urls[int(match[1])], words.text),
    )


def is_sensitive(url: str) -> bool:
    """True for a page of ours about somebody at risk."""
    path = _own_path(url)
    return path is not None and any(known.is_sensitive(path) for known in sensitive_subjects())


def _own_path(url: str) -> str | None:
    """The decoded path of a page of ours; None for an address elsewhere."""
    parts = urlsplit(url)
    is_ours = validate_host(parts.hostname or "", settings.ALLOWED_HOSTS)
    return unquote(parts.path) or "/" if is_ours else None


def _may_be_counted(url: str) -> bool:
    if "{" in url or len(url.encode()) > MOST_BYTES:
        return False
    path = _own_path(url)
    if path is None:
        return True
    try:
        return "token" not in resolve(path).kwargs
    except Resolver404:
        return True


def _slot(number: int) -> str:
    return f"{{{{ click_{number} }}}}"


def _in_text(text: str, clicks: Mapping[str, int]) -> str:
    whole = "|".join(map(re.escape, _longest_first(clicks)))
    if not whole:
        return text
    return re.sub(f"{BEFORE}(?:{whole}){BEHIND}", lambda match: _slot(clicks[match[0]]), text)


def _longest_first(urls: Iterable[str]) -> Iterator[str]:
    return iter(sorted(urls, key=len, reverse=True))
