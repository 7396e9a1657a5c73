"""The dry run: reads every row, says what would happen, writes nothing to people."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction

from newsletters.imports import child, crew
from newsletters.imports.cleaning import Refusal
from newsletters.imports.crew import Rows
from newsletters.imports.layout import from_json
from newsletters.imports.refusals import FileRefused
from newsletters.imports.sniffing import TEXT
from newsletters.models import ImportJob, ImportRowError
from newsletters.services import work
from newsletters.services.imports import files, leases, rules, staging
from newsletters.services.imports.creating import sentence
from newsletters.services.imports.recipes import recipe_of
from newsletters.services.imports.statements import make_room, run
from newsletters.services.imports.tally import Tally
from newsletters.services.work import LeaseLost
from newsletters.states import ImportState
from worker.stopping import stopping

CHUNK = 50_000
# The rows come in their order, so that few pages are changed at a time; but all are sorted.
MEGABYTES = 16
# How many bytes of rows a byte of a spreadsheet becomes, about.
UNFOLDED = 5
# Of one connection: the rows behind the first one of the same person. No row of the table
# is locked while they are looked for.
FIND_DOUBLES = "CREATE TEMPORARY TABLE import_doubles AS $doubles"
FORGET_DOUBLES = "DROP TABLE IF EXISTS import_doubles"


class _Stopped(Exception):
    """The worker is asked to end: the lease is given back, another one starts again."""


def check(*, job_id: int) -> None:
    """CHECKING → CHECKED with the report, every refused row and the people who would be written.

    FAILED with a sentence when the file cannot be read to its end. Starts from
    the first row each time; two at once: the second stops quietly.
    """
    job = leases.take(job_id, ImportState.CHECKING)
    if job is None:
        return
    try:
        _run(job)
    except LeaseLost:
        return
    except _Stopped:
        work.release(job)
    except FileRefused as refused:
        # Rows before the one that refused it may be staged already.
        _begin(job)
        leases.finish(job, ImportState.FAILED, error=sentence(refused)[:500])


def _run(job: ImportJob) -> None:
    make_room(MEGABYTES)
    _begin(job)
    tally = Tally(job)
    with _rows_of(job) as rows:
        _stage(job, tally, rows)
    work.renew(job, lease=leases.LONG_LEASE)
    tally.read_tags()
    _decide(job, tally)
    leases.finish(
        job,
        ImportState.CHECKED,
        report=tally.report(),
        people_total=staging.count(job),
        cursor=0,
    )


def _begin(job: ImportJob) -> None:
    with transaction.atomic():
        work.renew(job, lease=leases.LONG_LEASE, cursor=0)
        job.row_errors.all().delete()
        staging.clear(job)


@contextmanager
def _rows_of(job: ImportJob) -> Iterator[Rows]:
    """The rows of whatever file it is, as lines of JSON; kept for the next dry run.

    They may be cleaned while the file is still read: whether that came to its end is known
    when this is left. Raises FileRefused.
    """
    if job.rows_name:
        with files.local_copy(job.rows_name) as path:
            yield Rows.whole(path, job.rows_total)
        return
    layout = from_json(job.layout)
    with files.workplace() as folder, files.local_copy(job.stored_name) as upload:
        path = folder / "rows"
        size = upload.stat().st_size * (1 if layout.format == TEXT else UNFOLDED)
        with child.converting(upload, path, layout) as converted:
            yield Rows(path, size, converted)
            _keep(job, path, converted.result())


def _keep(job: ImportJob, path: Path, found: dict[str, Any]) -> None:
    hidden = [note for note in ("hidden_rows", "hidden_columns") if found[note]]
    layout = job.layout | {"notes": [*job.layout["notes"], *hidden]}
    name = files.keep(path)
    try:
        work.renew(job, rows_name=name, rows_total=found["rows"], layout=layout)
    except LeaseLost:
        files.remove(name)
        raise


def _stage(job: ImportJob, tally: Tally, rows: Rows) -> None:
    """Clean all rows. Reading counts for two thirds of the work on a row, deciding for one."""
    done = 0
    for block in crew.clean(rows, recipe_of(job), staging.span(job)[0]):
        _go_on()
        done += block.rows
        total = rows.count()
        with transaction.atomic():
            # How far it is can be said when the file has come to its end.
            work.renew(job, cursor=done * 2 // 3 if total else 0, rows_total=total)
            staging.fill(block)
            ImportRowError.objects.bulk_create(map(partial(_error, job), block.refused))
        tally.read(block)


def _decide(job: ImportJob, tally: Tally) -> None:
    first, end = staging.span(job)
    everything = {"after": first, "last": end}
    run(FORGET_DOUBLES, {})
    with transaction.atomic():
        work.renew(job, lease=leases.LONG_LEASE)
        run(rules.FIND, everything)
    run(FIND_DOUBLES, everything, doubles=rules.doubles())
    after, done = first, 0
    while (last := staging.next_after(job, after, CHUNK)) is not None:
        _go_on()
        with transaction.atomic():
            read = job.rows_total * 2 // 3
            work.renew(job, cursor=min(job.rows_total, read + done // 3))
            values = {"after": after, "last": last}
            run(rules.MARK_DOUBLES, values, doubles="SELECT id FROM import_doubles")
            done += tally.decided(rules.decide(job, after, last, writes=False))
        after = last
    run(FORGET_DOUBLES, {})


def _go_on() -> None:
    if stopping.is_set():
        raise _Stopped


def _error(job: ImportJob, refusal: Refusal) -> ImportRowError:
    return ImportRowError(
        job=job,
        row=refusal.line,
        column=refusal.column,
        message=refusal.message,
        cells=refusal.cells,
    )
