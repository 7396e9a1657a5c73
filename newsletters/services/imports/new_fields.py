"""Fields made of a sheet's columns, on the page where the columns are mapped."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from newsletters.errors import FieldRefused, ImportRefused
from newsletters.imports import child
from newsletters.imports.columns import FIELD
from newsletters.imports.layout import from_json
from newsletters.imports.refusals import FileRefused
from newsletters.imports.words import MOST
from newsletters.models import ImportJob
from newsletters.services import custom_fields
from newsletters.services.imports import files
from newsletters.services.imports.creating import sentence
from newsletters.states import FieldKind

NEW = "new_"


class Planned(NamedTuple):
    """A field to be made of the column ``at``."""

    at: str
    details: custom_fields.Details


def is_new(name: str) -> bool:
    """Whether a column is to become a field of its own: "new_" and a kind."""
    return name.startswith(NEW)


def plan(job: ImportJob, mapping: dict[str, str]) -> list[Planned]:
    """What is to be made. Of a column to choose from, every row of the file is read.

    Raises ImportRefused with "column_2" as its code when that column cannot become one.
    """
    kinds = {at: _kind(at, name) for at, name in mapping.items() if is_new(name)}
    choices = _choices(job, kinds)
    names: list[str] = job.layout["columns"]
    return [
        Planned(
            at,
            custom_fields.Details(
                name=names[int(at)] or _("Column %(number)s") % {"number": int(at) + 1},
                kind=kind,
                choices=tuple(choices.get(int(at), ())),
            ),
        )
        for at, kind in kinds.items()
    ]


def make(planned: list[Planned]) -> dict[str, str]:
    """Make the fields; column number → name of the column now. Raises ImportRefused as ``plan``."""
    made = {}
    for at, details in planned:
        try:
            field = custom_fields.create(details=details)
        except FieldRefused as refused:
            raise ImportRefused(f"column_{at}", str(refused)) from None
        made[at] = f"{FIELD}{field.key}"
    return made


def _kind(at: str, name: str) -> FieldKind:
    kind = name.removeprefix(NEW)
    if kind not in FieldKind.values:
        raise ImportRefused(f"column_{at}", _("Choose one of the kinds offered."))
    return FieldKind(kind)


def _choices(job: ImportJob, kinds: dict[str, FieldKind]) -> dict[int, list[str]]:
    columns = {
        int(at): kind == FieldKind.CHOICES
        for at, kind in kinds.items()
        if kind in custom_fields.WITH_CHOICES
    }
    if not columns:
        return {}
    try:
        with files.local_copy(job.stored_name) as path:
            found = child.words(path, from_json(job.layout), columns)
    except FileRefused as refused:
        raise ImportRefused("mapping", sentence(refused)) from None
    for at, words in found.items():
        if len(words) > MOST:
            raise ImportRefused(
                f"column_{at}",
                _("There are more than %(most)s different words in this column; keep it as text.")
                % {"most": MOST},
            )
    return found
