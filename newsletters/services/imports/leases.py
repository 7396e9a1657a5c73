"""One worker at a time on one import, as on all work on many people; and its long steps."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from newsletters.models import ImportJob
from newsletters.services import work
from newsletters.services.work import LEASE, LeaseLost
from newsletters.states import ImportState

# Opening a file is one step that cannot renew in between; the child is stopped before that.
LONG_LEASE = timedelta(minutes=5)
WORKING = (ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING)


def take(job_id: int, state: ImportState) -> ImportJob | None:
    """The import, for us alone until the lease ends; None when it is not in ``state`` or taken."""
    return work.take(ImportJob, job_id, state, now=state)


def renew(job: ImportJob, *, lease: timedelta = LEASE, **values: Any) -> None:
    """Go on for another lease and note ``values``. First statement of a transaction it keeps

    overtaken workers out of: it locks the row, so they wait here and then find their
    token gone. Raises LeaseLost.
    """
    _update(job, lease_until=timezone.now() + lease, **values)


def advance(job: ImportJob, done: int, counts: Mapping[str, int]) -> None:
    """Add what a chunk did to the import, at the end of the chunk's transaction.

    Last, because the row is locked from here on and several chunks are written at
    once: an overtaken worker finds its token gone and takes its chunk back. Raises
    LeaseLost.
    """
    row = _mine(job).select_for_update().values("cursor", "result").first()
    if row is None:
        raise LeaseLost
    result = dict(Counter(row["result"]) + Counter(counts))
    renew(job, cursor=row["cursor"] + done, result=result)


def finish(job: ImportJob, state: ImportState, **values: Any) -> None:
    """Move on to ``state`` and give the lease back. Raises LeaseLost."""
    _update(job, state=state, lease_until=None, **values)


def release(job: ImportJob) -> None:
    """Give the lease back before the work is done; the tick hands it to another worker."""
    _update(job, lease_until=None)


def breathe() -> None:
    """Let others in between two chunks.

    On SQLite only one can write, and whoever waits looks every tenth of a second:
    without a gap somebody who signs up might never find one.
    """
    time.sleep(work.BREATH[connection.vendor])


def _update(job: ImportJob, **values: Any) -> None:
    if _mine(job).update(**values) != 1:
        raise LeaseLost
    for name, value in values.items():
        setattr(job, name, value)


def _mine(job: ImportJob) -> QuerySet[ImportJob]:
    return ImportJob.objects.filter(pk=job.pk, state=job.state, lease_token=job.lease_token)
