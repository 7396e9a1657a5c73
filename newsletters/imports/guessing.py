"""Which column is what: by the words above it, then by what stands in it. Only a suggestion."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from django.conf import settings
from django.utils import translation

from newsletters.custom_fields import Field, read
from newsletters.errors import FieldRefused
from newsletters.imports.columns import FIELD, FULL_NAMES
from newsletters.imports.dates import DAY_FIRST, year_first
from newsletters.imports.headers import field_of, plain
from newsletters.imports.layout import Layout, column_of
from newsletters.imports.sentences import REFUSED_HEADING
from newsletters.imports.vocabulary import country_code, language_code
from newsletters.states import FieldKind

_ADDRESS = re.compile(r"\s*(?:[^@<>]*<)?[^\s@]+@[^\s@]+\.[^\s@]+>?\s*")
_PHONE = re.compile(r"\+[0-9 ()/-]{7,20}")
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_LOOKS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("email", lambda cell: bool(_ADDRESS.fullmatch(cell))),
    ("phone", lambda cell: bool(_PHONE.fullmatch(cell))),
    ("country", lambda cell: len(cell) > 3 and bool(country_code(cell))),
    ("language", lambda cell: len(cell) > 3 and bool(language_code(cell))),
)
_MOSTLY = 0.6
# A word that comes back in so few forms was chosen from a list.
_FEW_WORDS = 0.25


def guess(layout: Layout, fields: Sequence[Field] = ()) -> dict[str, str]:
    """Column number (as text, from 0) → column name; every one at most once, others left out.

    ``fields`` are the campaign's own: found by their names and keys.
    """
    mapping: dict[str, str] = {}
    words = _own_words(fields)
    columns = range(_first(layout), len(layout.columns))
    for at in columns:
        header = layout.columns[at]
        field = words.get(plain(header)) or field_of(header)
        if field and field not in mapping.values():
            mapping[str(at)] = field
    for field, looks_like in _LOOKS:
        if field in mapping.values():
            continue
        for at in columns:
            if str(at) not in mapping and _mostly(column_of(layout, at), looks_like):
                mapping[str(at)] = field
                break
    _settle_names(mapping)
    return mapping


def kind_of(layout: Layout, at: int) -> FieldKind:
    """What kind of field the column would make, by what stands in it."""
    cells = column_of(layout, at)
    if _mostly(cells, lambda cell: bool(_LINK.fullmatch(cell)), 1):
        return FieldKind.LINK
    for kind in (FieldKind.YES_NO, FieldKind.NUMBER, FieldKind.DATE):
        if _mostly(cells, partial(_fits, Field("guess", "", kind)), 1):
            return kind
    words = {cell.casefold() for cell in cells}
    # Half a dozen rows say nothing about what comes back.
    if len(cells) > 1 / _FEW_WORDS and len(words) <= len(cells) * _FEW_WORDS:
        return FieldKind.CHOICE
    return FieldKind.TEXT


def refused_columns(columns: Sequence[str]) -> int:
    """How many columns at the beginning are those of a sheet of refused rows: two, or none."""
    head = tuple(plain(name) for name in columns[: len(REFUSED_HEADING)])
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            if head == tuple(plain(str(word)) for word in REFUSED_HEADING):
                return len(head)
    return 0


def _first(layout: Layout) -> int:
    return refused_columns(layout.columns)


def _own_words(fields: Sequence[Field]) -> dict[str, str]:
    words: dict[str, str] = {}
    for field in fields:
        for word in (f"{FIELD}{field.key}", field.key, field.name):
            words[plain(word)] = f"{FIELD}{field.key}"
    return words


def _settle_names(mapping: dict[str, str]) -> None:
    """ "Vorname" and "Name", "Prénom" and "Nom": beside a given name, Name is the family's."""
    whole = [at for at, field in mapping.items() if field in FULL_NAMES]
    if {"given_name", "family_name"} & set(mapping.values()):
        for at in whole:
            del mapping[at]
        if whole and "family_name" not in mapping.values():
            mapping[whole[0]] = "family_name"
    else:
        for at in whole[1:]:
            del mapping[at]


def _mostly(cells: list[str], looks_like: Callable[[str], bool], share: float = _MOSTLY) -> bool:
    return bool(cells) and sum(map(looks_like, cells)) >= len(cells) * share


def _fits(field: Field, cell: str) -> bool:
    text = year_first(cell, DAY_FIRST) if field.kind == FieldKind.DATE else cell
    try:
        return read(field, text) is not None
    except FieldRefused:
        return False
