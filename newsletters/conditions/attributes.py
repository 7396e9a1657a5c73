"""Comparisons with one value of ``Contact.attributes``, alike on both engines.

The key of a field is always a parameter, never part of a look-up's name. Each
comparison is true or false of everybody, also of whom nothing is known, so that
"not" means what it says.
"""

import json
from typing import Any

from django.db import connection
from django.db.models import (
    BooleanField,
    CharField,
    F,
    Func,
    JSONField,
    Lookup,
    Q,
    TextField,
    Value,
)
from django.db.models.fields.json import (
    KeyTextTransform,
    KeyTransform,
    KeyTransformExact,
    KeyTransformGt,
    KeyTransformGte,
    KeyTransformLt,
    KeyTransformLte,
)
from django.db.models.lookups import IContains, IExact, In

COLUMN = "attributes"
COMPARISONS: dict[str, type[Lookup]] = {
    "gt": KeyTransformGt,
    "gte": KeyTransformGte,
    "lt": KeyTransformLt,
    "lte": KeyTransformLte,
}


class _Items(Func):
    """The items of a list inside the column as rows: for SQLite, which has no ``@>``."""

    output_field = TextField()
    template = "(SELECT value FROM json_each(%(expressions)s))"


class _IsAmong(Func):
    """Whether a text is one of the rows."""

    output_field = BooleanField()
    conditional = True
    template = "%(expressions)s"
    arg_joiner = " IN "


def holds(key: str, wanted: Any, *, in_list: bool = False) -> Q:
    """Exactly this value; with ``in_list``, a list that has it."""
    if connection.features.supports_json_field_contains:
        return Q(attributes__contains={key: [wanted] if in_list else wanted})
    if in_list:
        return Q(_IsAmong(Value(wanted), _Items(F(COLUMN), Value(f"$.{json.dumps(key)}"))))
    return Q(attributes__has_key=key) & Q(KeyTransformExact(_value(key), wanted))


def known(key: str) -> Q:
    """Something is noted under the key."""
    return _noted(key) & ~Q(In(_text(key), ["", "[]"]))


def compares(key: str, comparison: str, wanted: Any) -> Q:
    """The value lies so to ``wanted``: numbers as numbers, days as their text."""
    return _noted(key) & Q(COMPARISONS[comparison](_value(key), wanted))


def contains(key: str, wanted: str) -> Q:
    """The text has ``wanted`` in it, capitals or not."""
    return _noted(key) & Q(IContains(_text(key), wanted))


def same_text(key: str, wanted: str) -> Q:
    """The text is ``wanted``, capitals or not."""
    return _noted(key) & Q(IExact(_text(key), wanted))


def _noted(key: str) -> Q:
    """The key is there. Neither engine compares a JSON null as SQL does a NULL."""
    return Q(attributes__has_key=key) & ~holds(key, None)


def _value(key: str) -> KeyTransform:
    return KeyTransform(key, F(COLUMN), output_field=JSONField())


def _text(key: str) -> KeyTextTransform:
    return KeyTextTransform(key, F(COLUMN), output_field=CharField())
