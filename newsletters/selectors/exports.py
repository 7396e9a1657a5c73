"""Exports: the table of people, in chunks, with every column an import knows."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from newsletters import custom_fields, exports
from newsletters.custom_fields import Field
from newsletters.imports.columns import PROFILE
from newsletters.models import Contact, Export
from newsletters.selectors import custom_fields as fields_selector
from newsletters.selectors import people

CHUNK = 2000
# Says where a table comes from, should it turn up somewhere else. No import reads it.
WATERMARK = "handbill_export"

Row = list[Any]


def heading() -> Row:
    """The names of the columns, as an import knows them (one query)."""
    return [
        "email",
        *PROFILE,
        "tags",
        *(f"field_{field.key}" for field in fields_selector.known()),
        WATERMARK,
    ]


def chunks(export: Export) -> Iterator[list[Row]]:
    """All rows in the order of their ids, a chunk at a time: three queries each, memory flat.

    Every cell is text that no spreadsheet program runs. Raises QueryRefused, SegmentRefused.
    """
    fields = fields_selector.known()
    mark = exports.neutralise(watermark(export))
    query = people.from_json(export.query)
    behind = 0
    while chunk := list(_behind(people.people(query), behind, export.last_id)):
        yield [[*_row(contact, fields), mark] for contact in chunk]
        behind = chunk[-1].pk


def watermark(export: Export) -> str:
    """Which export, when, by whom."""
    by = export.created_by.get_username() if export.created_by else "?"
    return f"export {export.pk}, {export.created_at:%Y-%m-%d}, {by}"


def mine(user_id: int) -> QuerySet[Export]:
    """What one person took out, newest first."""
    return Export.objects.filter(created_by=user_id).defer("query").order_by("-pk")


def _behind(found: QuerySet[Contact], behind: int, last: int) -> QuerySet[Contact]:
    rows = found.filter(pk__gt=behind, pk__lte=last).order_by("pk")
    return rows.prefetch_related("tags")[:CHUNK]


def _row(contact: Contact, fields: list[Field]) -> Row:
    profile = (str(getattr(contact, name) or "") for name in PROFILE)
    own = (custom_fields.as_text(field, contact.attributes.get(field.key)) for field in fields)
    tags = ",".join(tag.name for tag in contact.tags.all())
    return [exports.neutralise(cell) for cell in (contact.email, *profile, tags, *own)]
