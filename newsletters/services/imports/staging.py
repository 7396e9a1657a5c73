"""The rows of an import in the staging table: filled by the dry run, emptied by the writing."""

from django.db import connection

from newsletters.imports import staging
from newsletters.imports.staging import Block
from newsletters.models import ImportJob, StagedPerson
from newsletters.services.imports.statements import ask, run

_NAMES = ", ".join(staging.COLUMNS)
COPY = f"COPY newsletters_stagedperson ({_NAMES}) FROM STDIN"
INSERT = (
    f"INSERT INTO newsletters_stagedperson ({_NAMES})"  # noqa: S608  # names of our columns
    f" VALUES ({', '.join(['%s'] * len(staging.COLUMNS))})"
)
NEXT = """
SELECT MIN(s.id) FROM newsletters_stagedperson s WHERE s.id > %(after)s AND s.id <= %(last)s"""
CLEAR = "DELETE FROM newsletters_stagedperson WHERE id > %(after)s AND id <= %(last)s"


def span(job: ImportJob) -> tuple[int, int]:
    """The ids of the import's rows: behind the first, up to the last. A row's line is above the
    first."""
    return job.pk << StagedPerson.LINE_BITS, ((job.pk + 1) << StagedPerson.LINE_BITS) - 1


def line_of(row_id: int) -> int:
    """The line in the file of a staged row."""
    return row_id & ((1 << StagedPerson.LINE_BITS) - 1)


def fill(block: Block) -> None:
    """Add the block's people. Runs in the caller's transaction."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(COPY) as copy:
                copy.write("".join(block.lines))
        else:
            cursor.executemany(INSERT, list(staging.values(block.lines)))


def next_after(job: ImportJob, after: int, most: int) -> int | None:
    """Up to which id the next rows behind ``after`` go; None at the end.

    They stand on ``most`` lines of the file, so that nothing has to be counted.
    """
    last = span(job)[1]
    ((first,),) = ask(NEXT, {"after": after, "last": last})
    return None if first is None else min(int(first) + most - 1, last)


def count(job: ImportJob) -> int:
    """How many people wait to be written."""
    first, last = span(job)
    return StagedPerson.objects.filter(pk__gt=first, pk__lte=last, is_double=False).count()


def clear(job: ImportJob) -> None:
    """Forget what was staged."""
    first, last = span(job)
    run(CLEAR, {"after": first, "last": last})
