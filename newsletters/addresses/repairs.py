"""What spreadsheets do to addresses, undone and reported. Never used on a typed form."""

import re
from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

REPAIRS = {
    "hidden": _("Hidden characters were taken out."),
    "wide": _("Letters of full width were made plain."),
    "space": _("Spaces around the address were taken away."),
    "trailing": _("A dot, comma or semicolon at the end was taken away."),
    "name": _("The name beside the address was left aside."),
    "brackets": _("The brackets around the address were taken away."),
    "mailto": _("“mailto:” before the address was taken away."),
}

# A cell longer than this is no address; parse() says so.
_MAX_CELL = 1000

# Left by copying from web pages and documents. Not the bidi overrides: those
# change what a reader sees, and are refused. Not the joiners: they may be meant.
_LEFTOVERS = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff"))
_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3002: ord(".")}
_BRACKETED = re.compile(r"([^<>@]*)<([^<>]*)>")
_MAILTO = re.compile(r"mailto:([^?]*)(?:\?.*)?", re.IGNORECASE | re.DOTALL)


def repair(text: str) -> tuple[str, list[str]]:
    """The text as it was probably meant, and the codes in REPAIRS of what was done.

    The result still has to be parsed: nothing here makes a valid address of
    an ambiguous one, two addresses in a cell stay two.
    """
    done: list[str] = []
    if len(text) > _MAX_CELL:
        return text, done
    before = None
    while text != before:
        before = text
        for step in _STEPS:
            text, code = step(text)
            if code and code not in done:
                done.append(code)
    return text, done


def _changed(before: str, after: str, code: str) -> tuple[str, str]:
    return after, code if after != before else ""


def _drop_leftovers(text: str) -> tuple[str, str]:
    return _changed(text, text.translate(_LEFTOVERS), "hidden")


def _narrow(text: str) -> tuple[str, str]:
    return _changed(text, text.translate(_WIDE), "wide")


def _trim(text: str) -> tuple[str, str]:
    return _changed(text, text.strip(), "space")


def _drop_trailing(text: str) -> tuple[str, str]:
    return _changed(text, text.rstrip(".,;"), "trailing")


def _unwrap(text: str) -> tuple[str, str]:
    match = _BRACKETED.fullmatch(text)
    if not match:
        return text, ""
    return match[2], "name" if match[1].strip() else "brackets"


def _drop_mailto(text: str) -> tuple[str, str]:
    match = _MAILTO.fullmatch(text)
    return (match[1], "mailto") if match else (text, "")


_STEPS: tuple[Callable[[str], tuple[str, str]], ...] = (
    _drop_leftovers,
    _narrow,
    _trim,
    _drop_trailing,
    _unwrap,
    _drop_mailto,
)
