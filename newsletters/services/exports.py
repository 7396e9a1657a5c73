"""Taking a list of people out: start → run → a file that is kept for a day."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import IO

from django.contrib.auth.models import User
from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet._writer import WorksheetWriter

from newsletters import exports as tables
from newsletters.errors import BulkRefused, QueryRefused, SegmentRefused
from newsletters.models import ActKind, BulkState, Export, ExportFormat
from newsletters.resources.contacts import ContactResource
from newsletters.resources.tables import Row
from newsletters.selectors import exports as selector
from newsletters.selectors import people
from newsletters.selectors.contacts import newest_id
from newsletters.selectors.people import Query
from newsletters.services import acts, presses, scratch, work
from newsletters.services.work import LeaseLost
from worker.doorbell import Job, ring
from worker.stopping import stopping

# Up to here the person waits for the file; above, a worker makes it.
AT_ONCE = 2_000
# What an import takes of this format.
XLSX_ROWS = 250_000
KEPT = timedelta(hours=24)

Chunks = Iterable[list[Row]]


class _Stopped(Exception):
    """The worker is to end; another one begins the file anew."""


def start(*, query: Query, written_as: ExportFormat, by: User) -> Export:
    """An export of whoever answers to ``query`` now; the audit names it first.

    DONE when it returns for up to 2,000 people; else WAITING, and the worker is
    rung. ``total`` is 0 where counting takes too long, until the worker is through:
    only then more than the format holds is found out by it (FAILED). Pressing twice
    is as once. Raises BulkRefused for nobody and for more than the format holds,
    QueryRefused, SegmentRefused.
    """
    query = people.frozen(query)
    # Before the transaction: on SQLite nobody else could write while it is counted.
    total = people.number_of(people.people(query))
    export = _create(query, written_as, by, total)
    if export.state == BulkState.WAITING and 0 < export.total <= AT_ONCE:
        run(export_id=export.pk)
        export.refresh_from_db()
    return export


def run(*, export_id: int) -> None:
    """WAITING → RUNNING → DONE, or FAILED when it cannot be asked. A killed one begins anew."""
    export = work.take(
        Export, export_id, BulkState.WAITING, BulkState.RUNNING, now=BulkState.RUNNING
    )
    if export is None:
        return
    with suppress(LeaseLost):
        try:
            _make(export)
        except _Stopped:
            work.release(export)
        except (BulkRefused, QueryRefused, SegmentRefused) as refused:
            work.finish(export, BulkState.FAILED, error=str(refused)[:300])


def stop(*, export: Export) -> Export:
    """Stop; there will be no file."""
    return work.stop(export)


def resume() -> int:
    """Ring for every export that stands still: its ring was lost or its worker died."""
    found = work.standing_still(Export, BulkState.WAITING, BulkState.RUNNING)
    for pk, _state in found:
        ring(Job.RUN_EXPORT, pk)
    return len(found)


def past() -> QuerySet[Export]:
    """What was finished a day ago: its file, and whom it was about."""
    old = Export.objects.filter(finished_at__lt=timezone.now() - KEPT)
    return old.exclude(query=work.FORGOTTEN)


def forget() -> int:
    """Delete the files whose day is over, and whom they were about. Returns how many."""
    found = list(past().values_list("pk", "file_name")[:100])
    for pk, name in found:
        if name:
            _private().delete(name)
        Export.objects.filter(pk=pk).update(file_name="", query=work.FORGOTTEN)
    return len(found)


def open_file(export: Export) -> IO[bytes] | None:
    """The finished file; None while it is being made, and when there is none any more."""
    if export.state != BulkState.DONE or not export.file_name:
        return None
    if not _private().exists(export.file_name):
        return None
    return _private().open(export.file_name, "rb")


@transaction.atomic
def _create(query: Query, written_as: ExportFormat, by: User, total: int | None) -> Export:
    asked = {"query": people.as_json(query), "format": written_as}
    before = presses.first(Export, by, **asked)
    if before is not None:
        return before
    if total == 0:
        raise BulkRefused("nobody", _("Nobody answers to this any more. There is nothing to take."))
    _check_room(written_as, total or 0)
    export = Export.objects.create(**asked, total=total or 0, last_id=newest_id(), created_by=by)
    details = {"export": export.pk, **work.counted(total)}
    acts.note(kind=ActKind.EXPORTED, by=by, details=details)
    if total is None or total > AT_ONCE:
        ring(Job.RUN_EXPORT, export.pk)
    return export


def _check_room(written_as: str, number: int) -> None:
    if written_as == ExportFormat.XLSX and number > XLSX_ROWS:
        raise BulkRefused(
            "format", _("An XLSX table holds 250,000 people at most here. Take CSV instead.")
        )


def _make(export: Export) -> None:
    with scratch.folder() as folder:
        path = folder / "table"
        table = selector.columns(export)
        _WRITERS[export.format](path, table.get_export_headers(), _watched(export, table))
        with path.open("rb") as file:
            _keep(export, file)


def _keep(export: Export, file: IO[bytes]) -> None:
    """Into private storage; whoever was overtaken meanwhile leaves nothing there."""
    name = f"exports/{secrets.token_hex(16)}.{export.format}"
    # Named before it is stored, so that no file of a process that died is forgotten.
    if export.file_name:
        _private().delete(export.file_name)
    work.renew(export, file_name=name)
    try:
        stored = _private().save(name, File(file))
        work.finish(export, BulkState.DONE, file_name=stored, total=export.done)
    except FileNotFoundError:
        # Removed while it was written, by whoever has the work now: then we have lost it.
        work.renew(export)
        raise
    except LeaseLost:
        _private().delete(name)
        raise


def _watched(export: Export, table: ContactResource) -> Iterator[list[Row]]:
    """The rows, with the lease renewed and the progress noted at every chunk."""
    done = 0
    for rows in selector.chunks(export, table):
        done += len(rows)
        _check_room(export.format, done)
        work.renew(export, done=done)
        yield rows
        if stopping.is_set():
            raise _Stopped


def _write_csv(table: Path, heading: Row, chunks: Chunks) -> None:
    with table.open("w", encoding="utf-8", newline="") as text:
        text.writelines(tables.safe_lines([heading]))
        for rows in chunks:
            text.writelines(tables.more_lines(rows))


def _write_xlsx(table: Path, heading: Row, chunks: Chunks) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("People")
    _write_beside(table, sheet)
    # Also when we stop half-way: an open sheet complains when it is thrown away.
    with closing(sheet):
        sheet.append(heading)
        for rows in chunks:
            for row in rows:
                # The format has no such characters.
                sheet.append([ILLEGAL_CHARACTERS_RE.sub("", cell) for cell in row])
    book.save(table)


def _write_beside(table: Path, sheet: WriteOnlyWorksheet) -> None:
    """openpyxl would lay the rows in the system's folder, where they stay when we are killed."""
    writer = WorksheetWriter(sheet, out=str(table.with_name("rows")))
    # It would strike the file off a list of its own, where ours is not; it goes with the folder.
    writer.cleanup = _leave
    writer.write_top()
    sheet._writer = writer


def _leave() -> None:
    """The rows stay until their folder goes."""


# The formats of import-export would hold the whole table in memory; these write as rows come.
_WRITERS: dict[str, Callable[[Path, Row, Chunks], None]] = {
    ExportFormat.CSV: _write_csv,
    ExportFormat.XLSX: _write_xlsx,
}


def _private() -> Storage:
    return storages["private"]
