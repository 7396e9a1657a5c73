"""Writing what the dry run staged: chunk by chunk, each in one transaction.

A chunk that is written is no longer staged, so whoever goes on after a kill begins
with what is left.
"""

import os
from collections.abc import Iterator

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.errors import ImportRefused
from newsletters.models import ImportJob, Tag
from newsletters.services import one_owner, work
from newsletters.services.imports import leases, staging
from newsletters.services.imports.hands import spread
from newsletters.services.imports.statements import make_room
from newsletters.services.imports.writing import write
from newsletters.services.work import LeaseLost
from newsletters.states import ImportState
from worker.doorbell import Job, ring
from worker.stopping import stopping

# On SQLite whoever signs up meanwhile waits for a chunk to end.
CHUNK = {"postgresql": 20_000, "sqlite": 10_000}
# A chunk changes pages all over the indexes of people.
MEGABYTES = 80
# So many people are worth another hand.
WORTH = 40_000
# A person may sign up between our look and our write; the chunk is then done again.
_TRIES = 5


@transaction.atomic
def go(*, job: ImportJob) -> ImportJob:
    """Staff pressed "write them": CHECKED, or CANCELLED half-way, → APPLYING; the worker is rung.

    Pressing twice is the same as once. Raises ImportRefused in any other state.
    """
    started = ImportJob.objects.filter(
        pk=job.pk, state__in=(ImportState.CHECKED, ImportState.CANCELLED)
    ).exclude(report={})
    values = {"lease_until": None, "lease_token": "", "finished_at": None}
    if started.update(state=ImportState.APPLYING, **values):
        ring(Job.APPLY_IMPORT, job.pk)
    job.refresh_from_db()
    if job.state not in {ImportState.APPLYING, ImportState.DONE}:
        raise ImportRefused("state", _("This import has to be checked first."))
    return job


def stop(*, job: ImportJob) -> ImportJob:
    """Stop at the next chunk: a dry run goes back to its columns, anything else is CANCELLED.

    What is written stays until it is gone on with or undone. Too late is not an error.
    """
    mine = ImportJob.objects.filter(pk=job.pk)
    free = {"lease_until": None, "lease_token": ""}
    waiting = (ImportState.UPLOADED, ImportState.CHECKED, ImportState.APPLYING)
    ended = {"state": ImportState.CANCELLED, "finished_at": timezone.now()}
    if not mine.filter(state__in=waiting).update(**ended, **free):
        mine.filter(state=ImportState.CHECKING).update(state=ImportState.UPLOADED, **free)
    job.refresh_from_db()
    return job


def apply(*, job_id: int) -> None:
    """APPLYING → DONE, from where the last worker came to. Two at once: the second stops quietly.

    Unsubscribed, suppressed and erased people are looked up again in every
    chunk, so what happened since the dry run counts.
    """
    job = leases.take(job_id, ImportState.APPLYING)
    if job is None:
        return
    try:
        make_room(MEGABYTES)
        _make_tags(job)
        spread(_Writer(job).write, _spans(job), hands=_hands(job))
        if stopping.is_set():
            work.release(job)
        else:
            leases.finish(job, ImportState.DONE, finished_at=timezone.now())
    except LeaseLost:
        return


def _make_tags(job: ImportJob) -> None:
    names = job.report.get("new_tags", [])
    Tag.objects.bulk_create([Tag(name=name) for name in names], ignore_conflicts=True)


def _hands(job: ImportJob) -> int:
    """How many chunks are written at once; SQLite lets only one write.

    One more than there are cores, for at the end of each chunk one waits for the disk.
    """
    if connection.vendor == "sqlite":
        return 1
    return min(len(os.sched_getaffinity(0)) + 1, staging.count(job) // WORTH + 1)


def _spans(job: ImportJob) -> Iterator[tuple[int, int]]:
    """The chunks that are left: behind which id, up to which."""
    after, _end = staging.span(job)
    while not stopping.is_set():
        last = staging.next_after(job, after, CHUNK[connection.vendor])
        if last is None:
            return
        yield after, last
        after = last
        work.breathe()


class _Writer:
    """Writes chunks of an import; several hands may use it at once."""

    def __init__(self, job: ImportJob) -> None:
        self._job = job
        # The dry run found nobody it knows: nor will we, until the database says otherwise.
        self._looks = bool(job.report.get("known", 1))

    def write(self, after: int, last: int) -> None:
        """One chunk, in one transaction."""
        for attempt in range(1, _TRIES + 1):
            try:
                self._try(after, last)
            except IntegrityError:
                self._looks = True
                if attempt == _TRIES:
                    raise
            else:
                return

    def _try(self, after: int, last: int) -> None:
        with transaction.atomic():
            one_owner.before_creating()
            written = write(job=self._job, after=after, last=last, looks=self._looks)
            people = sum(rows for name, rows in written.items() if name != "joins")
            leases.advance(self._job, people, written)
