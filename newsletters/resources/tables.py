"""What every table that leaves the house is declared with."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any, Self

from django.contrib.auth.models import User
from import_export import fields, resources, widgets
from import_export.formats import base_formats

from newsletters import exports
from newsletters.models import ExportFormat

FORMATS = {ExportFormat.CSV: base_formats.CSV, ExportFormat.XLSX: base_formats.XLSX}

# Says where a table comes from, should it turn up somewhere else. No import reads it.
WATERMARK = "handbill_export"

Row = list[str]


class SafeWidget(widgets.Widget):
    """Any value as text that no spreadsheet program runs; nothing for None."""

    def render(self, value: Any, _obj: Any = None, **_kwargs: Any) -> str:
        """The text, neutralised."""
        return str(exports.neutralise("" if value is None else str(value)))


class MomentWidget(SafeWidget):
    """A moment to the second (ISO 8601), in UTC as it is kept."""

    def render(self, value: datetime | None, _obj: Any = None, **_kwargs: Any) -> str:
        """The moment; nothing for None."""
        return value.isoformat(timespec="seconds") if value else ""


class MarkField(fields.Field):
    """The same words in every row."""

    def __init__(self, mark: str) -> None:
        """Say ``mark``."""
        super().__init__(column_name=WATERMARK, readonly=True, widget=SafeWidget())
        self._cell = SafeWidget().render(mark)

    def export(self, _instance: Any, **_kwargs: Any) -> str:
        """Whoever it is about."""
        return self._cell


class Table(resources.Resource):
    """The columns of a table: its fields, in their order."""

    def marked(self, mark: str) -> Self:
        """This table, with a last column that says ``mark`` in every row."""
        self.fields[WATERMARK] = MarkField(mark)
        return self

    def rows(self, found: Iterable[Any]) -> Iterator[Row]:
        """One row for each of ``found``, as it is asked for.

        ``Resource.export`` would keep all rows, and look every field up again for each of them.
        """
        columns = self.get_export_fields()
        for one in found:
            yield [column.export(one) for column in columns]

    def lines(self, found: Iterable[Any]) -> Iterator[str]:
        """The same as CSV, behind a line that names the columns."""
        return exports.safe_lines(chain([self.get_export_headers()], self.rows(found)))


def watermark(what: str, at: datetime, by: User | None) -> str:
    """Which table, from which day (UTC), taken out by whom."""
    return f"{what}, {at:%Y-%m-%d}, {by.get_username() if by else '?'}"


def cell(attribute: str, widget: type[widgets.Widget] = SafeWidget) -> fields.Field:
    """A column that shows ``attribute``, which may lead on to another row by "__"."""
    return fields.Field(attribute=attribute, widget=widget())
