"""What staff typed for a segment, read as what the question takes."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.errors import SegmentRefused
from newsletters.ports import Question, Takes

LONGEST_TEXT = 200
MOST_SEVERAL = 100
MOST_DAYS = 36_500
FIRST_YEAR, LAST_YEAR = 1900, 2999
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:[.,][0-9]{1,6})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def values_of(node: Mapping[str, Any]) -> list[str]:
    """The texts of a condition: one alone, or a list. Raises SegmentRefused for anything else."""
    value = node.get("value", [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise misshapen()
    return values


def misshapen() -> SegmentRefused:
    """For what is neither a group nor a condition."""
    return SegmentRefused("shape", _("A part of this segment is not a condition."))


def read(question: Question, values: Sequence[str]) -> list[Any]:
    """``values`` as ``question`` takes them. Raises SegmentRefused with a sentence."""
    if not question.takes and not any(values):
        return []
    if question.takes[-1:] == (Takes.SEVERAL,):
        single = question.takes[:-1]
        several = values[len(single) :]
        if not several:
            raise SegmentRefused("value", _("Choose at least one."))
        if len(several) > MOST_SEVERAL:
            raise SegmentRefused("value", _("Choose a hundred at most."))
    else:
        single, several = question.takes, ()
    if len(values) - len(several) != len(single):
        raise SegmentRefused("value", _("Fill in every part of this condition."))
    found = [_READ[kind](value) for kind, value in zip(single, values, strict=False)]
    return [*found, *map(_choice, several)]


def row_id(value: str) -> int:
    """The id a choice stands for. Raises SegmentRefused when it is none."""
    if not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise SegmentRefused("value", _("Choose one of the values offered."))
    return int(value)


def since(days: int) -> datetime:
    """The moment so many days ago."""
    return timezone.now() - timedelta(days=days)


def begin_of(day: date) -> datetime:
    """The first moment of ``day`` on the campaign's clock."""
    return timezone.make_aware(datetime.combine(day, time.min)).astimezone(UTC)


def _clean(value: str) -> str:
    text = value.strip()
    if len(text) > LONGEST_TEXT:
        raise SegmentRefused("value", _("This is too long: 200 characters at most."))
    # Controls, halves of characters and other things nobody types.
    if not text.isprintable():
        raise SegmentRefused("value", _("This holds a character that cannot be compared."))
    return text


def _text(value: str) -> str:
    text = _clean(value)
    if not text:
        raise SegmentRefused("value", _("Write what to look for."))
    return text


def _choice(value: str) -> str:
    text = _clean(value)
    if not text:
        raise SegmentRefused("value", _("Choose one of the values offered."))
    return text


def _number(value: str) -> int | float:
    text = value.strip()
    if not _NUMBER.fullmatch(text):
        raise SegmentRefused("value", _("Write a number, like 12 or 1.5."))
    return float(text.replace(",", ".")) if set(text) & set(".,") else int(text)


def _date(value: str) -> date:
    text = value.strip()
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise SegmentRefused("value", _("Write the day like 2026-11-22."))
    return day


def _days(value: str) -> int:
    text = value.strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 6) or int(text) == 0:
        raise SegmentRefused("value", _("Write a number of days, like 30."))
    if int(text) > MOST_DAYS:
        raise SegmentRefused("value", _("A hundred years are enough: 36500 days at most."))
    return int(text)


_READ: dict[Takes, Callable[[str], Any]] = {
    Takes.CHOICE: _choice,
    Takes.TEXT: _text,
    Takes.NUMBER: _number,
    Takes.DATE: _date,
    Takes.DAYS: _days,
}
