"""Which column is what: by the words above it, then by what stands in it. Only a suggestion."""

import re
from collections.abc import Callable

from newsletters.imports.headers import field_of
from newsletters.imports.layout import Layout
from newsletters.imports.vocabulary import country_code, language_code

_ADDRESS = re.compile(r"\s*(?:[^@<>]*<)?[^\s@]+@[^\s@]+\.[^\s@]+>?\s*")
_PHONE = re.compile(r"\+[0-9 ()/-]{7,20}")
_LOOKS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("email", lambda cell: bool(_ADDRESS.fullmatch(cell))),
    ("phone", lambda cell: bool(_PHONE.fullmatch(cell))),
    ("country", lambda cell: len(cell) > 3 and bool(country_code(cell))),
    ("language", lambda cell: len(cell) > 3 and bool(language_code(cell))),
)


def guess(layout: Layout) -> dict[str, str]:
    """Column number (as text, from 0) → field name; every field at most once, others left out."""
    mapping: dict[str, str] = {}
    for at, header in enumerate(layout.columns):
        field = field_of(header)
        if field and field not in mapping.values():
            mapping[str(at)] = field
    for field, looks_like in _LOOKS:
        if field in mapping.values():
            continue
        for at in range(len(layout.columns)):
            if str(at) not in mapping and _mostly(layout, at, looks_like):
                mapping[str(at)] = field
                break
    if "full_name" in mapping.values() and {"given_name", "family_name"} & set(mapping.values()):
        _settle_names(mapping)
    return mapping


def _settle_names(mapping: dict[str, str]) -> None:
    """ "Vorname" and "Name", "Prénom" and "Nom": beside a given name, Name is the family's."""
    at = next(key for key, field in mapping.items() if field == "full_name")
    if "family_name" in mapping.values():
        del mapping[at]
    else:
        mapping[at] = "family_name"


def _mostly(layout: Layout, column: int, looks_like: Callable[[str], bool]) -> bool:
    cells = [
        cells[column]
        for line, cells in layout.sample
        if line > layout.header_row and column < len(cells) and cells[column]
    ]
    return bool(cells) and sum(map(looks_like, cells)) > len(cells) * 0.6
