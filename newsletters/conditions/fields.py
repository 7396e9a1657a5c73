"""Questions about custom fields: one condition for each, asked as its kind allows."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.conditions.attributes import compares, contains, holds, known, same_text
from newsletters.errors import SegmentRefused
from newsletters.models import CustomField, FieldKind
from newsletters.ports import Question, SegmentCondition, Takes
from newsletters.selectors import custom_fields

MOST_FIELDS = 200
# What a field's name may not bring into a sentence: the mark of a gap.
GAP, INSTEAD = "…", "..."
CHOOSING = (Takes.CHOICE, Takes.SEVERAL)


def _texts() -> dict[str, tuple[str, tuple[Takes, ...]]]:
    return {
        "is": (_("has “%(field)s” = …"), (Takes.TEXT,)),
        "is_not": (_("does not have “%(field)s” = …"), (Takes.TEXT,)),
        "contains": (_("has “%(field)s” with … in it"), (Takes.TEXT,)),
        "contains_not": (_("does not have “%(field)s” with … in it"), (Takes.TEXT,)),
        **_presence(),
    }


def _numbers() -> dict[str, tuple[str, tuple[Takes, ...]]]:
    return {
        "equals": (_("has “%(field)s” = …"), (Takes.NUMBER,)),
        "less": (_("has “%(field)s” below …"), (Takes.NUMBER,)),
        "more": (_("has “%(field)s” above …"), (Takes.NUMBER,)),
        "between": (_("has “%(field)s” from … to …"), (Takes.NUMBER, Takes.NUMBER)),
        **_presence(),
    }


def _days() -> dict[str, tuple[str, tuple[Takes, ...]]]:
    return {
        "before": (_("has “%(field)s” before …"), (Takes.DATE,)),
        "since": (_("has “%(field)s” on … or later"), (Takes.DATE,)),
        "within": (_("has “%(field)s” in the last … days"), (Takes.DAYS,)),
        **_presence(),
    }


def _truths() -> dict[str, tuple[str, tuple[Takes, ...]]]:
    return {
        "yes": (_("has “%(field)s” = yes"), ()),
        "no": (_("has “%(field)s” = no"), ()),
        **_presence(),
    }


def _choices() -> dict[str, tuple[str, tuple[Takes, ...]]]:
    return {
        "chosen": (_("has “%(field)s” = …"), (Takes.CHOICE,)),
        "not_chosen": (_("does not have “%(field)s” = …"), (Takes.CHOICE,)),
        "one_of": (_("has “%(field)s” = one of …"), (Takes.SEVERAL,)),
        **_presence(),
    }


def _presence() -> dict[str, tuple[str, tuple[Takes, ...]]]:
    return {
        "known": (_("has something in “%(field)s”"), ()),
        "empty": (_("has nothing in “%(field)s”"), ()),
    }


_OPERATORS: dict[str, Callable[[], dict[str, tuple[str, tuple[Takes, ...]]]]] = {
    FieldKind.TEXT: _texts,
    FieldKind.LINK: _texts,
    FieldKind.NUMBER: _numbers,
    FieldKind.DATE: _days,
    FieldKind.YES_NO: _truths,
    FieldKind.CHOICE: _choices,
    FieldKind.CHOICES: _choices,
}


class FieldCondition:
    """What may be asked about one field."""

    label = gettext_lazy("Your own fields")

    def __init__(self, row: CustomField) -> None:
        """Takes its questions from the kind of the field."""
        self.name = custom_fields.condition_of(row.key)
        self._row = row
        name = row.name.replace(GAP, INSTEAD)
        self.operators = {
            operator: Question(words % {"field": name}, takes)
            for operator, (words, takes) in _OPERATORS[row.kind]().items()
        }

    def choices(self) -> Sequence[tuple[str, str]]:
        """What can be chosen in the field."""
        return [(str(choice), str(choice)) for choice in self._row.choices]

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """A comparison under the field's key."""
        takes = self.operators[operator].takes
        if set(takes) & set(CHOOSING) and not set(values) <= dict(self.choices()).keys():
            raise SegmentRefused("value", _("Choose one of the values offered."))
        in_list = self._row.kind == FieldKind.CHOICES
        return _COMPILE[operator](self._row.key, values, in_list)


def _any_of(key: str, values: Sequence[Any], in_list: bool) -> Q:
    return reduce(or_, (holds(key, value, in_list=in_list) for value in values))


def _within(key: str, values: Sequence[Any]) -> Q:
    today = timezone.localdate()
    begin = today - timedelta(days=values[0])
    return compares(key, "gte", begin.isoformat()) & compares(key, "lte", today.isoformat())


def _between(key: str, values: Sequence[Any]) -> Q:
    low, high = sorted(values)
    return compares(key, "gte", low) & compares(key, "lte", high)


_COMPILE: dict[str, Callable[[str, Sequence[Any], bool], Q]] = {
    "is": lambda key, values, _list: same_text(key, values[0]),
    "is_not": lambda key, values, _list: ~same_text(key, values[0]),
    "contains": lambda key, values, _list: contains(key, values[0]),
    "contains_not": lambda key, values, _list: ~contains(key, values[0]),
    "equals": lambda key, values, _list: _between(key, [values[0], values[0]]),
    "less": lambda key, values, _list: compares(key, "lt", values[0]),
    "more": lambda key, values, _list: compares(key, "gt", values[0]),
    "between": lambda key, values, _list: _between(key, values),
    "before": lambda key, values, _list: compares(key, "lt", values[0].isoformat()),
    "since": lambda key, values, _list: compares(key, "gte", values[0].isoformat()),
    "within": lambda key, values, _list: _within(key, values),
    "yes": lambda key, _values, _list: holds(key, True),
    "no": lambda key, _values, _list: holds(key, False),
    "chosen": _any_of,
    "not_chosen": lambda key, values, in_list: ~_any_of(key, values, in_list),
    "one_of": _any_of,
    "known": lambda key, _values, _list: known(key),
    "empty": lambda key, _values, _list: ~known(key),
}


class CustomFields:
    """A condition for each custom field there is."""

    def members(self) -> Sequence[SegmentCondition]:
        """In the order of the fields (one query)."""
        return [FieldCondition(row) for row in CustomField.objects.all()[:MOST_FIELDS]]


CUSTOM_FIELDS = CustomFields()
