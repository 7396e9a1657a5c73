"""What somebody typed, or a cell holds, as the value of a field. The same on every door."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from newsletters.custom_fields.fields import SEPARATORS, Field
from newsletters.errors import FieldRefused, LinkRefused
from newsletters.links_safe import check_url
from newsletters.states import FieldKind

TEXT_LENGTH = 1000
# Written the same way in every language of an import; compared as whole words.
YES_WORDS = frozenset(
    ["yes", "y", "true", "1", "x", "ja", "oui", "vrai", "si", "да", "иә", "wahr", "on"]
)
NO_WORDS = frozenset(
    ["no", "n", "false", "0", "nein", "non", "faux", "нет", "жоқ", "falsch", "off"]
)

_SHOWN_CHOICES = 8
# JSON numbers are doubles for most programs: fifteen digits come back as they went.
_MAX_DIGITS = 15
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?")
_BOTH = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d{1,3}(?:,\d{3})+\.\d+")
_PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
# 1.234 is one and a bit to some and a thousand to others.
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3}){2,}|[+-]?\d{1,3}(?:,\d{3}){2,}")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")
_SLASHES = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_YEARS = range(1800, 2201)
_MONTHS = 12
_UNSHOWN = {"Cc", "Cs", "Co", "Cn"}
# What turns the direction of the text behind it.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def read(field: Field, text: str) -> Any:
    """The value as ``Contact.attributes`` keeps it; None when nothing was written.

    Raises FieldRefused with a sentence that says what is wrong and how to mend
    it. What ``as_text`` wrote is read back as it was.
    """
    text = _tidy(text)
    if not text:
        return None
    return _READERS[FieldKind(field.kind)](field, text)


def in_order(chosen: Iterable[str]) -> list[str]:
    """Several choices as they are kept: each once, by the letters.

    Never by the order in which they are offered, which staff may change: the same choices are
    the same value for good, and a sheet we wrote ourselves changes nobody.
    """
    return sorted(set(chosen))


def _tidy(text: str) -> str:
    # Before any work on it.
    if len(text) > 4 * TEXT_LENGTH:
        raise _too_long()
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    spaced = "\n".join(" ".join(line.split()) for line in text.splitlines())
    clean = unicodedata.normalize("NFC", spaced.strip())
    for char in clean:
        if char != "\n" and (unicodedata.category(char) in _UNSHOWN or char in _TURNS):
            raise FieldRefused(
                "hidden", _("There is a character here that cannot be seen; type it by hand.")
            )
    return clean


def _too_long() -> FieldRefused:
    return FieldRefused(
        "long", _("This is longer than %(most)s characters; shorten it.") % {"most": TEXT_LENGTH}
    )


def _text(_field: Field, text: str) -> str:
    if len(text) > TEXT_LENGTH:
        raise _too_long()
    return text


def _number(_field: Field, text: str) -> int | float:
    if text.isdecimal() and len(text) <= _MAX_DIGITS:
        # Nearly all of an import: digits of any script, and nothing to wonder about.
        return int(text)
    digits = _western(text.replace("\u2212", "-"))
    if _EITHER.fullmatch(digits):
        raise FieldRefused(
            "number",
            _("“%(text)s” can mean two numbers. Write %(whole)s, or %(part)s0 if it is a fraction.")
            % {"text": text[:40], "whole": re.sub("[.,]", "", digits), "part": digits},
        )
    if _GROUPED.fullmatch(digits):
        digits = re.sub("[ '’]", "", digits)
    elif _THOUSANDS.fullmatch(digits):
        digits = re.sub("[.,]", "", digits)
    elif _BOTH.fullmatch(digits):
        cut = max(digits.rfind("."), digits.rfind(","))
        digits = re.sub("[.,]", "", digits[:cut]) + "." + digits[cut + 1 :]
    if not _PLAIN.fullmatch(digits):
        raise FieldRefused("number", _("Write a number, like 12 or 12.5."))
    whole, _point, part = digits.replace(",", ".").partition(".")
    part = part.rstrip("0")
    if len(whole.lstrip("+-0")) + len(part) > _MAX_DIGITS:
        raise FieldRefused(
            "number", _("A number has at most 15 digits here; longer ones belong in a text field.")
        )
    return float(f"{whole}.{part}") if part else int(whole)


def _western(text: str) -> str:
    """The text with every digit, of whatever script, as one of 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(char, char)) for char in text)


def _date(_field: Field, text: str) -> str:
    digits = _western(text)
    if match := _YEAR_FIRST.fullmatch(digits):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _DAY_FIRST.fullmatch(digits):
        return _day(int(match[3]), int(match[2]), int(match[1]))
    if match := _SLASHES.fullmatch(digits):
        first, second, year = (int(part) for part in match.groups())
        if first > _MONTHS or first == second:
            return _day(year, second, first)
        if second > _MONTHS:
            return _day(year, first, second)
        raise FieldRefused(
            "date",
            _("“%(text)s” can mean two days. Write the year first, like 2026-04-03.")
            % {"text": text},
        )
    raise FieldRefused("date", _("Write a date with the year first, like 2026-04-03."))


def _day(year: int, month: int, day: int) -> str:
    try:
        found = date(year, month, day)
    except ValueError:
        raise FieldRefused("date", _("There is no such day; check it.")) from None
    if year not in _YEARS:
        raise FieldRefused("date", _("Check the year of this date."))
    return found.isoformat()


def _yes_no(_field: Field, text: str) -> bool:
    word = text.casefold()
    if word in YES_WORDS:
        return True
    if word in NO_WORDS:
        return False
    raise FieldRefused("yes_no", _("Write yes or no."))


def _choice(field: Field, text: str) -> str:
    if text in field.choices:
        return text
    wanted = text.casefold()
    for choice in field.choices:
        if choice.casefold() == wanted:
            return choice
    shown = ", ".join(field.choices[:_SHOWN_CHOICES])
    more = " …" if len(field.choices) > _SHOWN_CHOICES else ""
    raise FieldRefused(
        "choice",
        _("“%(text)s” is not one of the choices: %(choices)s")
        % {"text": text[:40], "choices": shown + more},
    )


def _choices(field: Field, text: str) -> list[str]:
    words = (" ".join(word.split()) for word in re.split(f"[{SEPARATORS}]", text))
    return in_order(_choice(field, word) for word in words if word)


def _link(_field: Field, text: str) -> str:
    try:
        return check_url(text)
    except LinkRefused as error:
        raise FieldRefused("link", error.message) from None


_READERS: dict[FieldKind, Callable[[Field, str], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.YES_NO: _yes_no,
    FieldKind.CHOICE: _choice,
    FieldKind.CHOICES: _choices,
    FieldKind.LINK: _link,
}
