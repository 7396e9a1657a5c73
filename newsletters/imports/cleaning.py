"""One row of the sheet → one person, or the reason why not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from newsletters.addresses import address_key, is_role, is_suspicious, person_key, suggestion
from newsletters.custom_fields import Field
from newsletters.imports.columns import (
    BY_NAME,
    FIELD,
    FULL_NAMES,
    PROFILE,
    CellRefused,
    Cleaned,
    field_columns,
    read_address,
    read_tags,
    split_name,
)
from newsletters.imports.sentences import ROW
from newsletters.imports.text import Row

# Countries whose postcodes have five digits and may begin with a nought.
_FIVE_DIGITS = frozenset({"DE", "FR", "ES", "IT", "US", "EE", "FI", "UA", "TR", "MX"})
_SHORT_POSTCODE = 4
_NAMES = ("given_name", "family_name")
# Sheets say the same thing again and again; so many different cells of a column are remembered.
_REMEMBERED = 8192


@dataclass(frozen=True)
class Recipe:
    """What staff said about the columns. Plain data: can be handed to another process."""

    fields: dict[int, str]
    names: list[str]
    yes_words: frozenset[str] = frozenset()
    custom: tuple[Field, ...] = ()
    # What 03/04/2024 means: a key of dates.ORDERS, or nothing.
    date_order: str = ""
    # An empty cell asks that the value be emptied.
    erases: bool = False
    # Whether people join a list, so that a row without a yes is worth a word.
    joins: bool = False


@dataclass(slots=True)
class Person:
    """What the row says, cleaned. Only what it says: an empty text or None asks for emptying."""

    line: int
    email: str
    typed: str
    key: str
    person_key: str
    values: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    agreed: bool = True
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Refusal:
    """Why the row cannot be used, in a sentence, and in which column."""

    line: int
    column: str
    message: str
    cells: list[str | None]


class _Place(NamedTuple):
    """A mapped column: where it is, what it fills and how its cells are read."""

    at: int
    name: str
    # A column of the profile; the others are less simple.
    is_plain: bool
    # The cell's meaning; None for one that holds nothing but space.
    read: Callable[[str], Any]


class Cleaner:
    """Cleans row after row by one recipe."""

    def __init__(self, recipe: Recipe) -> None:
        """``recipe`` maps a column to the e-mail address."""
        self._recipe = recipe
        self._columns = BY_NAME | field_columns(recipe.custom, date_order=recipe.date_order)
        self._places = [
            _Place(at, name, name in PROFILE, self._reader(name))
            for at, name in recipe.fields.items()
            if name not in {"email", "consent"}
        ]
        at_of = {name: at for at, name in recipe.fields.items()}
        self._email_at = at_of["email"]
        self._consent_at = at_of.get("consent", -1)

    def clean(self, row: Row) -> Person | Refusal:
        """The person in the row. Never raises: what is wrong comes back as a Refusal."""
        if row.problem:
            return Refusal(row.line, "", str(ROW[row.problem]), row.cells)
        at = self._email_at
        try:
            person = self._begin(row)
            at = self._consent_at
            self._take_consent(person, row)
            cells, width = row.cells, len(row.cells)
            for at, name, is_plain, read in self._places:  # at: a refusal names it
                cell = cells[at] if at < width else ""
                found = read(cell) if cell else self._nothing(cell)
                if found is None:
                    if self._recipe.erases:
                        _erase(person, name)
                elif not is_plain:
                    _take(person, name, found)
                elif found.value:
                    person.values[name] = found.value
                if is_plain and found and found.warning:
                    person.warnings.append(found.warning)
        except CellRefused as refused:
            return Refusal(row.line, self._recipe.names[at], refused.message, row.cells)
        _check_postcode(person)
        return person

    @staticmethod
    def _nothing(cell: str | None) -> None:
        """An empty cell says nothing; one whose formula was saved without its value is refused."""
        if cell is None:
            raise CellRefused(str(ROW["formula"]))

    def _begin(self, row: Row) -> Person:
        cell = _cell(row, self._email_at)
        if not cell or cell.isspace():
            raise CellRefused(str(ROW["no_address"]))
        address, repairs = read_address(cell)
        canonical = address.canonical
        person = Person(
            row.line, canonical, address.typed, address_key(canonical), person_key(address)
        )
        if repairs:
            person.warnings.append("repaired")
        if is_role(address):
            person.warnings.append("role")
        if is_suspicious(address):
            person.warnings.append("look_alike")
        if suggestion(address):
            person.warnings.append("typo")
        return person

    def _take_consent(self, person: Person, row: Row) -> None:
        """Only the exact words mean yes; where nobody asked, whoever is in the sheet agreed."""
        if self._consent_at < 0:
            return
        person.agreed = _cell(row, self._consent_at).strip() in self._recipe.yes_words
        if self._recipe.joins and not person.agreed:
            person.warnings.append("no_consent")

    def _reader(self, name: str) -> Callable[[str], Any]:
        clean: Callable[[str], Any] = self._columns[name].clean
        if name == "tags":
            clean = read_tags
        elif name in FULL_NAMES:
            clean = _splitter(self._columns[name].clean, family_first=name == "full_name_family")

        def read(cell: str) -> Any:
            return None if cell.isspace() else clean(cell)

        return lru_cache(_REMEMBERED)(read)


def _take(person: Person, name: str, found: Any) -> None:
    if name == "tags":
        person.tags = found
    elif name in FULL_NAMES:
        for part, value in zip(_NAMES, found, strict=True):
            if value:
                person.values[part] = person.values.get(part) or value
    else:
        person.attributes[name.removeprefix(FIELD)] = found.value


def _splitter(
    clean: Callable[[str], Cleaned], *, family_first: bool
) -> Callable[[str], tuple[str, str]]:
    def split(text: str) -> tuple[str, str]:
        return split_name(clean(text).value, family_first=family_first)

    return split


def _cell(row: Row, at: int) -> str:
    cell = row.cells[at] if at < len(row.cells) else ""
    if cell is None:
        raise CellRefused(str(ROW["formula"]))
    return cell


def _erase(person: Person, name: str) -> None:
    """The cell is empty. What another column said already stands; tags are only ever added."""
    if name in FULL_NAMES:
        for part in _NAMES:
            person.values.setdefault(part, "")
    elif name.startswith(FIELD):
        person.attributes[name.removeprefix(FIELD)] = None
    elif name != "tags":
        person.values.setdefault(name, "")


def _check_postcode(person: Person) -> None:
    code = person.values.get("postcode", "")
    if (
        len(code) == _SHORT_POSTCODE
        and code.isdigit()
        and person.values.get("country") in _FIVE_DIGITS
    ):
        person.warnings.append("nought_lost")
