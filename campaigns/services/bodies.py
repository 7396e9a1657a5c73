"""Bodies of articles: made safe to show, and free of requests to other sites."""

import re

from django.conf import settings

from newsletters.sanitise import clean_html

# clean_html() writes every attribute in double quotes, with < and > in them escaped.
_ATTRIBUTES = r"(?: [a-z]+=\"[^\"]*\")*"
_PICTURE = re.compile(rf"<img({_ATTRIBUTES})>")
_LINKED_PICTURE = re.compile(rf"<a{_ATTRIBUTES}>\s*<img({_ATTRIBUTES})>\s*</a>")
_SOURCE = re.compile(r" src=\"([^\"]*)\"")
_ALT = re.compile(r" alt=\"([^\"]*)\"")


def safe_body(html: str) -> str:
    """The markup as it may be shown; doing it again changes nothing.

    A picture of another site becomes a link to it: no page of ours asks
    another server for anything, and the reader decides.
    """
    cleaned = _LINKED_PICTURE.sub(_own_or_link, clean_html(html))
    return clean_html(_PICTURE.sub(_own_or_link, cleaned))


def _own_or_link(match: re.Match[str]) -> str:
    source = _SOURCE.search(match[1])
    address = source[1] if source else ""
    if address.startswith("/"):
        return match[0]
    if address.startswith(f"{settings.SITE_URL}/"):
        return match[0].replace(f' src="{settings.SITE_URL}', ' src="', 1)
    alt = _ALT.search(match[1])
    words = (alt[1] if alt else "").strip() or address.rpartition("/")[2] or address
    return f'<a href="{address}">{words}</a>'
