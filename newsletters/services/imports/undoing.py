"""Taking an import back: exactly what it changed, and nothing that people did since."""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.errors import ImportRefused
from newsletters.models import ContactTag, ImportJob, Tag
from newsletters.selectors.imports import can_be_undone
from newsletters.selectors.segment_uses import asked_for
from newsletters.services import work
from newsletters.services.imports import leases, staging
from newsletters.services.imports.taking_back import take_back
from newsletters.services.work import LeaseLost
from newsletters.states import ImportState
from worker.doorbell import Job, ring

UNDO_DAYS = 30
CHUNK = {"postgresql": 10_000, "sqlite": 2_500}
# Their dry runs have seen the tags there are.
_MAY_TAG = (ImportState.CHECKING, ImportState.CHECKED, ImportState.APPLYING)


@transaction.atomic
def ask_undo(*, job: ImportJob) -> ImportJob:
    """DONE, or CANCELLED half-way, → UNDOING; the worker is rung. Pressing twice is as once.

    Raises ImportRefused after 30 days or when there is nothing to undo.
    """
    job.refresh_from_db()
    if job.state in {ImportState.UNDOING, ImportState.UNDONE}:
        return job
    if not can_be_undone(job, UNDO_DAYS):
        raise ImportRefused("undo", _("This import can no longer be undone."))
    started = ImportJob.objects.filter(pk=job.pk, state=job.state).update(
        state=ImportState.UNDOING, lease_until=None, lease_token="", cursor=0
    )
    if started:
        ring(Job.UNDO_IMPORT, job.pk)
    job.refresh_from_db()
    return job


def undo(*, job_id: int) -> None:
    """UNDOING → UNDONE, chunk by chunk; a change that was undone is deleted with it.

    People the import created are removed unless something has happened with
    them since; a field is put back unless somebody changed it since; who joined
    the list by the import is taken off unless she has acted on it since. Tags it made
    go unless somebody wears or asks about them, or another import may be about to use them.
    """
    job = leases.take(job_id, ImportState.UNDOING)
    if job is None:
        return
    try:
        if not work.in_chunks(job, _next_chunk):
            return
        with transaction.atomic():
            work.renew(job)
            staging.clear(job)
            _drop_tags(job)
            leases.finish(job, ImportState.UNDONE, finished_at=timezone.now())
    except LeaseLost:
        return


def _drop_tags(job: ImportJob) -> None:
    if ImportJob.objects.filter(state__in=_MAY_TAG).exists():
        return
    made = Tag.objects.filter(name__in=job.report.get("new_tags", []))
    unworn = made.exclude(Exists(ContactTag.objects.filter(tag=OuterRef("pk"))))
    asked = {value for value in asked_for("tag") if value.isdecimal()}
    unworn.exclude(pk__in=asked).delete()


def expired(days: int = UNDO_DAYS) -> timedelta:
    """How long an import can be undone, and how long its files and refused rows are kept."""
    return timedelta(days=days)


def _next_chunk(job: ImportJob) -> bool:
    with transaction.atomic():
        work.renew(job)
        done = take_back(job=job, most=CHUNK[connection.vendor])
        if done:
            work.renew(job, cursor=job.cursor + done)
    return done > 0
