"""What the shared partials cannot say in the template language alone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.utils.dateformat import format as date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info, gettext

from newsletters.selectors import doors

register = template.Library()
# As the archive of one person keeps moments: always UTC.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", re.ASCII)


@dataclass(frozen=True)
class Part:
    """One stretch of a stacked bar; ``start`` and ``value`` are in the same unit as the total."""

    label: str
    value: int
    tone: str
    start: int


def lay_out(parts: Iterable[tuple[str, int, str]]) -> list[Part]:
    """Place (label, value, tone) triples one behind the other."""
    laid: list[Part] = []
    start = 0
    for label, value, tone in parts:
        laid.append(Part(label=label, value=value, tone=tone, start=start))
        start += value
    return laid


@register.inclusion_tag("staff/_stack.html")
def stack(parts: Iterable[tuple[str, int, str]], caption: str = "") -> dict[str, Any]:
    """A stacked bar of (label, value, tone) triples, its figures also as a table.

    Tones: good, warn, bad, ink, mute, rest. A bar of nothing is drawn empty.
    """
    laid = lay_out(parts)
    return {"parts": laid, "total": sum(part.value for part in laid) or 1, "caption": caption}


@register.filter
def direction(language: str) -> str:
    """The value of ``dir`` for text in ``language``; "ltr" when nobody knows it."""
    try:
        return "rtl" if get_language_info(language)["bidi"] else "ltr"
    except KeyError:
        return "ltr"


@register.filter
def breakable(text: str) -> SafeString:
    """``text`` as it is, but a line that is too short for an address breaks before its "@"."""
    name, at, domain = text.rpartition("@")
    return format_html("{}<wbr>{}{}", name, at, domain) if at else format_html("{}", text)


@register.filter
def moment(value: Any) -> Any:
    """A moment kept as text (ISO 8601) as a day and a time; everything else as it is."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return value
    try:
        return date_format(datetime.fromisoformat(value), "j F Y, H:i")
    except ValueError:
        return value


@register.filter
def door_words(method: str) -> str:
    """By which door somebody agreed or left, in the reader's words."""
    return doors.words(method)


@register.filter
def language_name(code: str) -> str:
    """The language's name in the reader's language; the code itself when nobody knows it."""
    try:
        return gettext(get_language_info(code)["name"])
    except KeyError:
        return code
