"""A kept value for people to read, and as text that can be read in again."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from newsletters.custom_fields.fields import Field
from newsletters.states import FieldKind

# What a reader of numbers would have to ask about: it gets one more nought.
_EITHER = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")


def show(field: Field, value: Any) -> str:
    """The value in the reader's language; nothing for None."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return number_format(Decimal(_digits(value)), use_l10n=True, force_grouping=True)
    if field.kind == FieldKind.DATE and isinstance(value, str):
        try:
            return date_format(date.fromisoformat(value), "j F Y")
        except ValueError:
            return value
    if isinstance(value, list):
        # As they are offered; what is not offered any more comes last.
        place = {choice: at for at, choice in enumerate(field.choices)}
        return ", ".join(sorted(map(str, value), key=lambda one: place.get(one, len(place))))
    return "" if value is None else str(value)


def as_text(_field: Field, value: Any) -> str:
    """The value as ``read`` reads it, the same in every language; nothing for None."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        digits = _digits(value)
        return f"{digits}0" if _EITHER.fullmatch(digits) else digits
    if isinstance(value, list):
        return "; ".join(str(part) for part in value)
    return "" if value is None else str(value)


def _digits(value: float) -> str:
    """Never with an exponent."""
    return format(Decimal(repr(value)), "f")
