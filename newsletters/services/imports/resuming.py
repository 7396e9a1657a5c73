"""What the tick does: goes on after a kill, and forgets what is too old to be undone."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from newsletters.models import ImportChange, ImportJob, ImportRowError
from newsletters.services import work
from newsletters.services.imports import files, leases, staging
from newsletters.services.imports.undoing import expired
from newsletters.states import ImportState
from worker.doorbell import Job, ring

_JOBS = {
    ImportState.CHECKING: Job.CHECK_IMPORT,
    ImportState.APPLYING: Job.APPLY_IMPORT,
    ImportState.UNDOING: Job.UNDO_IMPORT,
}
# Longer than an upload takes from its file to its row.
_UNNAMED = timedelta(days=1)
_AT_ONCE = 500


def resume() -> int:
    """Ring for every import that stands still: its ring was lost or its worker died.

    Returns how many.
    """
    found = work.standing_still(ImportJob, *leases.WORKING)
    for pk, state in found:
        ring(_JOBS[ImportState(state)], pk)
    return len(found)


def past() -> QuerySet[ImportJob]:
    """Imports too old to be undone whose files are still there."""
    old = ImportJob.objects.filter(created_at__lt=timezone.now() - expired()).exclude(
        stored_name="", rows_name=""
    )
    return old.exclude(state__in=leases.WORKING)


def forget() -> int:
    """Delete files, samples and refused rows of imports too old to be undone. Returns how many."""
    done = 0
    for job in past()[:100]:
        # First, and without harm twice: nobody finds a file whose name is forgotten.
        files.remove(job.stored_name, job.rows_name)
        with transaction.atomic():
            ImportRowError.objects.filter(job=job).delete()
            ImportChange.objects.filter(job=job).delete()
            staging.clear(job)
            ImportJob.objects.filter(pk=job.pk).update(
                stored_name="", rows_name="", report={}, layout={"columns": []}
            )
        done += 1
    return done


def clear_strays() -> int:
    """Delete files that no import has named for a day: who stored them died before she could.

    Also what came in and was never taken, because the process died. Returns how many.
    """
    gone = files.clear_uploads(_UNNAMED)
    old = files.older_than(_UNNAMED)
    for at in range(0, len(old), _AT_ONCE):
        some = old[at : at + _AT_ONCE]
        named = Q(stored_name__in=some) | Q(rows_name__in=some)
        pairs = ImportJob.objects.filter(named).values_list("stored_name", "rows_name")
        strays = set(some) - {name for pair in pairs for name in pair}
        files.remove(*strays)
        gone += len(strays)
    return gone
