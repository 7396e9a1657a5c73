"""What a spreadsheet program means by a cell, as text."""

import re
from datetime import datetime, timedelta

_EXACT = 10**15  # a float holds no more digits
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Text that every database and JSON can hold."""
    return _UNSTORABLE.sub("\ufffd", text)


def number_text(text: str) -> str:
    """A number as a person would type it: 491701234567, not 4.91701234567E+11."""
    if text.isdigit():
        return text
    try:
        number = float(text)
    except ValueError:
        return storable(text)
    if number.is_integer() and abs(number) < _EXACT:
        return str(int(number))
    return repr(number)


def from_serial(text: str, *, from_1904: bool) -> str:
    """A date from the days since 1900 or 1904; 29 February 1900, Excel's own day, stays text."""
    try:
        days = float(text)
    except ValueError:
        return storable(text)
    if from_1904:
        start = datetime(1904, 1, 1)  # noqa: DTZ001  # a sheet's date has no zone
    elif days < 60:
        start = datetime(1899, 12, 31)  # noqa: DTZ001  # a sheet's date has no zone
    elif days < 61:
        return "1900-02-29"
    else:
        start = datetime(1899, 12, 30)  # noqa: DTZ001  # a sheet's date has no zone
    try:
        moment = start + timedelta(days=days)
    except OverflowError:
        return storable(text)
    if days < 1:
        return f"{moment:%H:%M}"
    return f"{moment:%Y-%m-%d}" if days == int(days) else f"{moment:%Y-%m-%d %H:%M}"
