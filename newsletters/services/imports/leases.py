"""What is special about the lease of an import (work.py): long steps, several chunks at once."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from newsletters.models import ImportJob
from newsletters.services import work
from newsletters.services.work import LeaseLost
from newsletters.states import ImportState

# Opening a file is one step that cannot renew in between; the child is stopped before that.
LONG_LEASE = timedelta(minutes=5)
WORKING = (ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING)


def take(job_id: int, state: ImportState) -> ImportJob | None:
    """The import, for us alone until the lease ends; None when it is not in ``state`` or taken."""
    return work.take(ImportJob, job_id, state, now=state)


def advance(job: ImportJob, done: int, counts: Mapping[str, int]) -> None:
    """Add what a chunk did to the import, at the end of the chunk's transaction.

    Last, because the row is locked from here on and several chunks are written at
    once: an overtaken worker finds its token gone and takes its chunk back. Raises
    LeaseLost.
    """
    row = work.mine(job).select_for_update().values("cursor", "result").first()
    if row is None:
        raise LeaseLost
    result = dict(Counter(row["result"]) + Counter(counts))
    work.renew(job, cursor=row["cursor"] + done, result=result)


def finish(job: ImportJob, state: ImportState, **values: Any) -> None:
    """Move on to ``state``, not always the last one, and give the lease back. Raises LeaseLost."""
    work.note(job, state=state, lease_until=None, **values)
