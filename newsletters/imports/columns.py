"""The columns an import can fill: one declaration for the bulk path, the admin and the export.

A column cleans the text of one cell. What cannot be used raises CellRefused,
which refuses the row; what had better be left out comes back empty with the
code of a warning.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from newsletters import exports
from newsletters.addresses import Address, is_plain, parse_personal, repair
from newsletters.custom_fields import Field, read
from newsletters.errors import FieldRefused, NewsletterError
from newsletters.imports.dates import year_first
from newsletters.imports.vocabulary import country_code, language_code
from newsletters.local_times import zones
from newsletters.names import clean_name
from newsletters.states import FieldKind

NAME_LIMIT = 200
MAX_TAGS = 50
# Before the key of a custom field: the column "field_born" fills the field "born".
FIELD = "field_"
_TAG_CUT = re.compile(r"[,;|\n]")
_TAG_LIMIT = 60
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?E\+?\d+", re.IGNORECASE)
_PHONE = re.compile(r"\+?[0-9(][0-9 ()./-]{3,38}")
_POSTCODE = re.compile(r"[^\W_][\w .-]{0,19}")


class CellRefused(Exception):
    """The cell makes its row unusable; the sentence says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Cleaned(NamedTuple):
    """What a cell means, and the code of what should be said about it (sentences.WARNINGS).

    A text, or of a custom field what ``Contact.attributes`` keeps.
    """

    value: Any
    warning: str = ""


@dataclass(frozen=True)
class Column:
    """One thing a sheet may tell about a person."""

    name: str
    label: str | Promise
    clean: Callable[[str], Cleaned]


def read_address(text: str) -> tuple[Address, list[str]]:
    """The one address in a cell, and what was repaired. Raises CellRefused."""
    mended, repairs = (text, []) if is_plain(text) else repair(exports.restore(text))
    try:
        return parse_personal(mended), repairs
    except NewsletterError as error:
        raise CellRefused(str(error)) from None


def read_tags(text: str) -> list[str]:
    """The words of a tags cell, each once, as written."""
    words = (" ".join(exports.restore(word.strip()).split()) for word in _TAG_CUT.split(text))
    return list(dict.fromkeys(word[:_TAG_LIMIT] for word in words if word))[:MAX_TAGS]


def split_name(text: str, *, family_first: bool = False) -> tuple[str, str]:
    """Given and family name: "Doe, Anna", "Anna Doe", or "Doe Anna" with the family's first.

    One word alone is the given name.
    """
    if text.count(",") == 1:
        family, given = (part.strip() for part in text.split(","))
        return given, family
    first, _gap, rest = text.partition(" ")
    return (rest.strip(), first) if family_first and rest else (first, rest.strip())


def field_columns(fields: Iterable[Field], *, date_order: str = "") -> dict[str, Column]:
    """Name of the column → the column, for each of these custom fields.

    ``date_order`` is a key of dates.ORDERS: what 03/04/2024 means; without it
    such a cell is refused.
    """
    return {
        f"{FIELD}{field.key}": Column(
            f"{FIELD}{field.key}", field.name, partial(_field_value, field, date_order)
        )
        for field in fields
    }


def _field_value(field: Field, date_order: str, text: str) -> Cleaned:
    text = exports.restore(text)
    if field.kind == FieldKind.DATE:
        text = year_first(text, date_order)
    try:
        return Cleaned(read(field, text))
    except FieldRefused as refused:
        raise CellRefused(str(refused)) from None


def _email(text: str) -> Cleaned:
    return Cleaned(read_address(text)[0].canonical)


def _name(text: str) -> Cleaned:
    try:
        return Cleaned(clean_name(exports.restore(text), limit=NAME_LIMIT))
    except NewsletterError as error:
        raise CellRefused(str(error)) from None


def _language(text: str) -> Cleaned:
    code = language_code(text)
    return Cleaned(code, "" if code else "language")


def _country(text: str) -> Cleaned:
    code = country_code(text)
    return Cleaned(code, "" if code else "country")


def _time_zone(text: str) -> Cleaned:
    zone = _zones().get(text.strip().replace(" ", "_").casefold(), "")
    return Cleaned(zone, "" if zone else "time_zone")


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {zone.casefold(): zone for zone in zones()}


def _postcode(text: str) -> Cleaned:
    code = " ".join(exports.restore(text).split())
    return Cleaned(code) if _POSTCODE.fullmatch(code) else Cleaned("", "postcode")


def _phone(text: str) -> Cleaned:
    number = " ".join(exports.restore(text).split())
    if _PHONE.fullmatch(number):
        return Cleaned(number)
    return Cleaned("", "phone_cut" if _SCIENTIFIC.fullmatch(number) else "phone")


def _plain(text: str) -> Cleaned:
    return Cleaned(exports.restore(text))


COLUMNS = (
    Column("email", _("E-mail"), _email),
    Column("given_name", _("Given name"), _name),
    Column("family_name", _("Family name"), _name),
    Column("full_name", _("Full name, given name first"), _name),
    Column("full_name_family", _("Full name, family name first"), _name),
    Column("language", _("Language"), _language),
    Column("time_zone", _("Time zone"), _time_zone),
    Column("country", _("Country"), _country),
    Column("postcode", _("Postcode"), _postcode),
    Column("phone", _("Phone"), _phone),
    Column("tags", _("Tags"), _plain),
    Column("consent", _("Consent (yes or no)"), _plain),
)
BY_NAME = {column.name: column for column in COLUMNS}
# Kept on the contact under the same name.
PROFILE = (
    "given_name", "family_name", "language", "time_zone", "country", "postcode", "phone",
)  # fmt: skip
# Cut into given and family name.
FULL_NAMES = ("full_name", "full_name_family")
