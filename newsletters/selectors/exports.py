"""Exports: the table of people, in chunks, with every column an import knows."""

from collections.abc import Iterator

from django.db.models import QuerySet

from newsletters.models import Contact, Export
from newsletters.resources.contacts import ContactResource
from newsletters.resources.tables import Row, watermark
from newsletters.selectors import custom_fields, people

CHUNK = 2000


def columns(export: Export) -> ContactResource:
    """What the table tells of each person (two queries)."""
    mark = watermark(f"export {export.pk}", export.created_at, export.created_by)
    return ContactResource(own=custom_fields.known()).marked(mark)


def chunks(export: Export, table: ContactResource) -> Iterator[list[Row]]:
    """All rows in the order of their ids, a chunk at a time: three queries each, memory flat.

    Every cell is text that no spreadsheet program runs. Raises QueryRefused, SegmentRefused.
    """
    query = people.from_json(export.query)
    behind = 0
    while chunk := list(_behind(people.people(query), behind, export.last_id)):
        yield list(table.rows(chunk))
        behind = chunk[-1].pk


def mine(user_id: int) -> QuerySet[Export]:
    """What one person took out, newest first."""
    return Export.objects.filter(created_by=user_id).defer("query").order_by("-pk")


def _behind(found: QuerySet[Contact], behind: int, last: int) -> QuerySet[Contact]:
    rows = found.filter(pk__gt=behind, pk__lte=last).order_by("pk")
    return rows.prefetch_related("tags")[:CHUNK]
