"""One row of the sheet → one person, or the reason why not."""

from dataclasses import dataclass, field

from newsletters.addresses import address_key, is_role, suggestion
from newsletters.imports.columns import (
    BY_NAME,
    FULL_NAMES,
    PROFILE,
    CellRefused,
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


@dataclass(frozen=True)
class Recipe:
    """What staff said about the columns."""

    fields: dict[int, str]
    names: list[str]
    yes_words: frozenset[str] = frozenset()

    @property
    def asks_consent(self) -> bool:
        """Whether a column says who agreed."""
        return "consent" in self.fields.values()


@dataclass
class Person:
    """What the row says, cleaned. ``values`` holds only what is not empty."""

    line: int
    email: str
    typed: str
    key: str
    values: dict[str, str] = field(default_factory=dict)
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


def clean(row: Row, recipe: Recipe) -> Person | Refusal:
    """The person in the row. Never raises: what is wrong comes back as a Refusal."""
    if row.problem:
        return Refusal(row.line, "", str(ROW[row.problem]), row.cells)
    texts: dict[str, str] = {}
    at = -1
    try:
        for at, name in recipe.fields.items():
            cell = row.cells[at] if at < len(row.cells) else ""
            if cell is None:
                raise CellRefused(str(ROW["formula"]))
            if cell and not cell.isspace():
                texts[name] = cell
        at = _place(recipe, "email")
        if "email" not in texts:
            raise CellRefused(str(ROW["no_address"]))
        address, repairs = read_address(texts["email"])
        person = Person(row.line, address.canonical, address.typed, address_key(address.canonical))
        person.warnings += ["repaired"] * bool(repairs) + ["role"] * is_role(address)
        person.warnings += ["typo"] * bool(suggestion(address))
        for at, name in recipe.fields.items():  # noqa: B007  # names the column of a refusal
            if name in texts:
                _take(person, name, texts[name])
    except CellRefused as refused:
        return Refusal(row.line, recipe.names[at], refused.message, row.cells)
    if recipe.asks_consent:
        person.agreed = texts.get("consent", "").strip() in recipe.yes_words
    _check_postcode(person)
    return person


def _take(person: Person, name: str, text: str) -> None:
    if name == "tags":
        person.tags = read_tags(text)
    elif name in FULL_NAMES:
        whole = BY_NAME[name].clean(text).value
        parts = split_name(whole, family_first=name == "full_name_family")
        for part, value in zip(_NAMES, parts, strict=True):
            if value:
                person.values.setdefault(part, value)
    elif name in PROFILE:
        cleaned = BY_NAME[name].clean(text)
        if cleaned.warning:
            person.warnings.append(cleaned.warning)
        if cleaned.value:
            person.values[name] = cleaned.value


def _check_postcode(person: Person) -> None:
    code = person.values.get("postcode", "")
    if (
        len(code) == _SHORT_POSTCODE
        and code.isdigit()
        and person.values.get("country") in _FIVE_DIGITS
    ):
        person.warnings.append("nought_lost")


def _place(recipe: Recipe, name: str) -> int:
    return next(at for at, field_name in recipe.fields.items() if field_name == name)
