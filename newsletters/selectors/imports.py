"""Reading around imports: what staff see of one."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from newsletters.models import ImportJob, ImportRowError
from newsletters.states import ImportState


def jobs() -> QuerySet[ImportJob]:
    """All imports, newest first, for a list."""
    return ImportJob.objects.select_related("mailing_list", "created_by").defer(
        "layout", "report", "mapping"
    )


def refused_rows(job: ImportJob) -> Iterator[ImportRowError]:
    """Every refused row in the order of the file, read in chunks."""
    return job.row_errors.order_by("row", "pk").iterator(chunk_size=2000)


def refused_table(job: ImportJob, heading: Iterable[str]) -> Iterator[list[Any]]:
    """The sheet of refused rows: number, reason, then the cells as they were."""
    yield [*heading, *job.layout["columns"]]
    for error in refused_rows(job):
        reason = f"{error.column}: {error.message}" if error.column else error.message
        yield [error.row, reason, *(cell or "" for cell in error.cells)]


def refused_cells(job: ImportJob, lines: Iterable[int]) -> dict[int, str]:
    """Line → the cell its row was refused for, as it stands in the sheet.

    Nothing of rows that were refused as a whole, or that an erasure took away since.
    """
    names = [name or str(at) for at, name in enumerate(job.layout["columns"], start=1)]
    found = {}
    for error in job.row_errors.filter(row__in=lines, column__in=names):
        at = names.index(error.column)
        found[error.row] = (error.cells[at] or "") if at < len(error.cells) else ""
    return found


def can_be_undone(job: ImportJob, days: int) -> bool:
    """Whether what the import changed can still be taken back."""
    return (
        job.state in {ImportState.DONE, ImportState.CANCELLED}
        and job.finished_at is not None
        and job.finished_at > timezone.now() - timedelta(days=days)
        and job.changes.exists()
    )
