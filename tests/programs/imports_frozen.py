"""An import whose worker is frozen for longer than its lease: ``… tests.programs.imports_frozen``.

Prints how often it was frozen in each of its three steps as JSON. Fails when somebody is
written twice or not at all, or when the frozen one does anything after it woke.
"""

import itertools
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from newsletters.models import (
    ConsentEvent,
    Contact,
    ImportChange,
    ImportJob,
    MailingList,
    Subscription,
)
from newsletters.services import imports
from newsletters.services.imports import applying, undoing
from newsletters.states import ImportState
from tests.infra.mortal import is_frozen_before, is_frozen_beside
from tests.infra.snapshots import everything, files
from tests.stories import members

CHUNK = 2
# Three are known, five are new, one is refused: each chunk is a different one.
KNOWN, NEW = 3, 5
_numbers = itertools.count()
WRITTEN = {"updated": KNOWN, "created": NEW, "joins": NEW}


@dataclass(frozen=True)
class Step:
    """One step of an import: how it is come to, the work, its end, and what others do then."""

    ready: Callable[[int], ImportJob]
    run: Callable[[int], None]
    ends: ImportState
    is_right: Callable[[ImportJob], None]
    other: Callable[[int], object] | None = None


def mapped(number: int) -> ImportJob:
    """An upload that gives everybody a new name, with people of its own."""
    known = [f"p{at}@example.org,Name {number}" for at in range(KNOWN)]
    new = [f"new{number}-{at}@example.org,Name" for at in range(NEW)]
    content = "\n".join(["Email,Given name", *known, *new, "no address,Name"])
    file = SimpleUploadedFile("a.csv", content.encode())
    job = imports.create(file=file, user=User.objects.get())
    chosen = imports.Choices(
        mapping=job.mapping,
        mailing_list=MailingList.objects.get(),
        legal_basis="consent",
        source="Vigil",
        wording="Yes",
        policy="overwrite",
    )
    imports.map_columns(job=job, choices=chosen)
    return job


def asked(number: int) -> ImportJob:
    """One that is to be written."""
    job = mapped(number)
    imports.check(job_id=job.pk)
    return imports.go(job=ImportJob.objects.get(pk=job.pk))


def regretted(number: int) -> ImportJob:
    """One that was written and is to be taken back."""
    job = asked(number)
    imports.apply(job_id=job.pk)
    return imports.ask_undo(job=ImportJob.objects.get(pk=job.pk))


def is_checked(job: ImportJob) -> None:
    """Everybody was counted once."""
    counts = {name: job.report["counts"][name] for name in ("created", "updated", "refused")}
    assert counts == {"created": NEW, "updated": KNOWN, "refused": 1}, counts
    assert job.row_errors.count() == 1
    assert job.people_total == KNOWN + NEW


def is_written(job: ImportJob) -> None:
    """Everybody was written once, and with all that belongs to it."""
    assert job.result == WRITTEN, job.result
    mine = Contact.objects.filter(pk__in=job.changes.values("contact"))
    assert (mine.count(), job.changes.count()) == (KNOWN + NEW, KNOWN + NEW)
    assert ConsentEvent.objects.filter(method=job.method).count() == NEW
    joined = Subscription.objects.filter(contact__in=mine)
    assert joined.count() == KNOWN + NEW


def is_left_alone(job: ImportJob) -> None:
    """What was counted was written, and no more."""
    assert sum(job.result.get(name, 0) for name in ("created", "updated")) == job.changes.count()


def is_taken_back(job: ImportJob) -> None:
    """Nothing of it is left."""
    assert not ImportChange.objects.filter(job=job).exists()
    assert Contact.objects.filter(given_name="Old").count() == KNOWN
    assert Contact.objects.count() == KNOWN


STEPS = {
    "check": Step(mapped, lambda pk: imports.check(job_id=pk), ImportState.CHECKED, is_checked),
    "apply": Step(asked, lambda pk: imports.apply(job_id=pk), ImportState.DONE, is_written),
    "stop": Step(
        asked,
        lambda pk: imports.apply(job_id=pk),
        ImportState.CANCELLED,
        is_left_alone,
        lambda pk: imports.stop(job=ImportJob.objects.get(pk=pk)),
    ),
    "undo": Step(regretted, lambda pk: imports.undo(job_id=pk), ImportState.UNDONE, is_taken_back),
}


def take_over(step: Step, pk: int) -> None:
    """The lease is over, as far as anybody can tell; another worker has the work."""
    ago = timezone.now() - timedelta(seconds=1)
    ImportJob.objects.filter(pk=pk).exclude(lease_until=None).update(lease_until=ago)
    (step.other or step.run)(pk)


def frozen_alone(step: Step, stride: int) -> int:
    """Frozen where it holds nothing; how often. Whoever takes over ends it; it does nothing."""
    for times in itertools.count():
        job = step.ready(next(_numbers))
        after: list[object] = []

        def somebody_else_ends_it(job: ImportJob = job, after: list[object] = after) -> None:
            take_over(step, job.pk)
            right(step, job)
            after.append(everything())

        run = partial(step.run, job.pk)
        if not is_frozen_before(run, 1 + times * stride, somebody_else_ends_it):
            return times
        assert after == [everything()], "it wrote when it woke"
        assert files("imports") == _named(), "it left a file when it woke"
    raise AssertionError


def frozen_at_work(step: Step, stride: int) -> int:
    """Frozen wherever it is; how often. Both go on, and it is done once."""
    for times in itertools.count():
        job = step.ready(next(_numbers))
        run, other = partial(step.run, job.pk), partial(take_over, step, job.pk)
        if not is_frozen_beside(run, 1 + times * stride, other):
            return times
        # Where the frozen one held the only pen, nobody could take over: it goes on itself.
        take_over(step, job.pk)
        right(step, job)
    raise AssertionError


def _named() -> set[Path]:
    """The files our rows know of."""
    names = ImportJob.objects.values_list("stored_name", "rows_name")
    return {Path(settings.PRIVATE_ROOT) / name for pair in names for name in pair if name}


def right(step: Step, job: ImportJob) -> None:
    """The step has ended, and everything of it is there once."""
    job.refresh_from_db()
    assert job.state == step.ends, job.state
    step.is_right(job)


def main() -> None:
    """Small chunks, and on PostgreSQL several hands: there is a middle of everything."""
    applying.CHUNK = undoing.CHUNK = {"postgresql": CHUNK, "sqlite": CHUNK}
    found = {
        "check": frozen_alone(STEPS["check"], 7),
        "undo": frozen_alone(STEPS["undo"], 2),
        "undo_at_work": frozen_at_work(STEPS["undo"], 23),
        "apply": frozen_alone(STEPS["apply"], 3),
        "stop": frozen_alone(STEPS["stop"], 3),
        "apply_at_work": frozen_at_work(STEPS["apply"], 19),
    }
    if connection.vendor == "postgresql":
        applying.WORTH = 3
        found["hands_at_work"] = frozen_at_work(STEPS["apply"], 2)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    User.objects.create_user("aigul")
    members(KNOWN)
    Contact.objects.update(given_name="Old")
    main()
