"""The long steps: leases, chunks, kills, stops, and the way back."""

import json
import os
import random
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from newsletters.errors import ImportRefused
from newsletters.models import (
    ConsentEvent,
    Contact,
    ImportChange,
    ImportJob,
    ImportRowError,
    MailingList,
    Subscription,
    Tag,
)
from newsletters.services import imports, retention, subscriptions, suppressions, work
from newsletters.services.consent import Door
from newsletters.services.imports import files as import_files
from newsletters.services.imports import leases, staging
from newsletters.services.imports.writing import write
from newsletters.services.work import LeaseLost
from newsletters.states import ImportState, SubscriptionState, SuppressionReason
from newsletters.tasks import apply_import, check_import, resume_imports, undo_import
from tests.infra.databases import Databases
from tests.infra.processes import Program, wait_until
from tests.infra.rings import Rings
from tests.newsletters.imports.conftest import choices, upload
from tests.newsletters.imports.test_imports_rules import known, on_list

Made = Callable[..., ImportJob]


def sheet(number: int) -> str:
    rows = "".join(f"p{at}@example.org,Given {at % 7},vigil\n" for at in range(number))
    return "Email,Given name,Tags\n" + rows


def test_from_upload_to_undo_by_the_bells_alone(
    admin: User, news: MailingList, rung: Rings
) -> None:
    job = upload(sheet(25), admin)
    imports.map_columns(job=job, choices=choices(job, mailing_list=news))
    assert [ring.job for ring in rung.answer()] == ["newsletters.check_import"]
    imports.go(job=job)
    imports.go(job=job)
    assert [ring.job for ring in rung.answer()] == ["newsletters.apply_import"]
    job.refresh_from_db()
    assert job.result == {"created": 25, "joins": 25}
    imports.ask_undo(job=job)
    imports.ask_undo(job=job)
    assert [ring.job for ring in rung.answer()] == ["newsletters.undo_import"]
    job.refresh_from_db()
    assert job.state == ImportState.UNDONE
    assert not Contact.objects.exists()


def test_every_step_costs_the_same_queries_however_many_people_a_chunk_holds(
    applied: Made, admin: User, news: MailingList
) -> None:
    Tag.objects.create(name="vigil")
    for at in range(3):
        known(f"p{at}@example.org")
    counts = []
    for number in (50, 800):
        ImportJob.objects.update(created_at=timezone.now() - timedelta(days=1))
        job = upload(sheet(number), admin)
        imports.map_columns(job=job, choices=choices(job, mailing_list=news))
        counts.append([_queries(imports.check, job), _go(job), _undo(job)])
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 60


def _go(job: ImportJob) -> int:
    imports.go(job=job)
    return _queries(imports.apply, job)


def _undo(job: ImportJob) -> int:
    imports.ask_undo(job=job)
    return _queries(imports.undo, job)


def _queries(step: Callable[..., None], job: ImportJob) -> int:
    with CaptureQueriesContext(connection) as queries:
        step(job_id=job.pk)
    return len(queries)


def test_two_workers_never_work_on_the_same_import(checked: Made) -> None:
    job = checked(sheet(3))
    imports.go(job=job)
    first = leases.take(job.pk, ImportState.APPLYING)
    assert first is not None
    assert leases.take(job.pk, ImportState.APPLYING) is None
    apply_import(job.pk)
    assert not Contact.objects.exists()
    # The first one is slow; the lease runs out, another takes over and finishes.
    ImportJob.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    apply_import(job.pk)
    assert Contact.objects.count() == 3
    with pytest.raises(LeaseLost):
        work.renew(first, cursor=99)
    job.refresh_from_db()
    assert (job.state, job.cursor) == (ImportState.DONE, 3)


def test_a_step_run_twice_changes_nothing(applied: Made) -> None:
    job = applied(sheet(5))
    before = (Contact.objects.count(), ConsentEvent.objects.count(), ImportChange.objects.count())
    for task in (check_import, apply_import, undo_import):
        task(job.pk)
    job.refresh_from_db()
    assert job.state == ImportState.DONE
    after = (Contact.objects.count(), ConsentEvent.objects.count(), ImportChange.objects.count())
    assert after == before


def test_the_tick_rings_for_what_stands_still(checked: Made, rung: Rings) -> None:
    job = checked(sheet(3))
    imports.go(job=job)
    rung.forget()
    connection.run_on_commit.clear()
    resume_imports()
    assert [(ring.job, ring.ids) for ring in rung.collect()] == [
        ("newsletters.apply_import", (job.pk,))
    ]
    ImportJob.objects.update(lease_until=timezone.now() + timedelta(seconds=30))
    resume_imports()
    assert rung.collect() == []


def test_stopped_half_way_can_be_gone_on_with(
    checked: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletters.services.imports.applying.CHUNK", {connection.vendor: 2})
    job = checked(sheet(5))
    imports.go(job=job)
    halves = write_counter(monkeypatch, stop_after=1, job=job)
    imports.apply(job_id=job.pk)
    job.refresh_from_db()
    assert job.state == ImportState.CANCELLED
    assert (job.cursor, Contact.objects.count()) == (2, 2)
    halves.clear()
    imports.go(job=job)
    imports.apply(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.cursor, Contact.objects.count()) == (ImportState.DONE, 5, 5)


def test_a_worker_that_was_overtaken_takes_its_chunk_back(
    checked: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = checked(sheet(3))
    imports.go(job=job)

    def overtaken(**values: Any) -> Any:
        counts = write(**values)
        ImportJob.objects.update(lease_token="of somebody else")
        return counts

    monkeypatch.setattr("newsletters.services.imports.applying.write", overtaken)
    imports.apply(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.cursor, job.result) == (ImportState.APPLYING, 0, {})
    assert not Contact.objects.exists()
    assert staging.count(job) == 3


def write_counter(monkeypatch: pytest.MonkeyPatch, *, stop_after: int, job: ImportJob) -> list[int]:
    """Staff press "stop" while the first chunk is being written."""
    limit = [stop_after]

    def written(**values: Any) -> Any:
        counts = write(**values)
        if limit and limit[0] == 1:
            limit.clear()
            monkeypatch.setattr("newsletters.services.imports.applying.stopping", PressedStop(job))
        return counts

    monkeypatch.setattr("newsletters.services.imports.applying.write", written)
    return limit


class PressedStop:
    """Looked at between two chunks; presses the button then, once."""

    def __init__(self, job: ImportJob) -> None:
        self.job: ImportJob | None = job

    def is_set(self) -> bool:
        if self.job:
            imports.stop(job=self.job)
            self.job = None
        return False


def test_undo_restores_what_the_import_changed_and_leaves_what_people_did(
    applied: Made, news: MailingList
) -> None:
    other = MailingList.objects.create(name="Other", slug="other")
    vigil = Tag.objects.create(name="vigil")
    known("p0@example.org", given_name="Old")
    edited = known("p1@example.org", given_name="Older")
    member = known("p2@example.org", given_name="Given 2")
    member.tags.add(vigil)
    on_list(member, news, SubscriptionState.ACTIVE)
    job = applied(sheet(8), policy="overwrite")
    Contact.objects.filter(pk=edited.pk).update(given_name="Chosen since")
    left = Contact.objects.get(email="p3@example.org")
    subscriptions.leave(contact=left, lists=[news], method="one-click")
    joined = Contact.objects.get(email="p4@example.org")
    subscriptions.join(contact=joined, mailing_list=other, door=Door(method="subscribe form"))
    Contact.objects.filter(email="p5@example.org").update(family_name="Added")
    blocked = Contact.objects.get(email="p6@example.org")
    suppressions.suppress(address_key=blocked.address_key, reason=SuppressionReason.BLOCKED)
    imports.ask_undo(job=job)
    imports.undo(job_id=job.pk)
    names = dict(Contact.objects.order_by("email").values_list("email", "given_name"))
    assert names == {
        "p0@example.org": "Old",
        "p1@example.org": "Chosen since",
        "p2@example.org": "Given 2",
        # Has left: her row stays, so that the next import finds it.
        "p3@example.org": "",
        "p4@example.org": "",
        "p5@example.org": "",
        # Was blocked by staff: gone, nobody could lift it.
        "p6@example.org": "",
    }
    on = Subscription.objects.order_by("contact__email")
    assert list(on.values_list("contact__email", "mailing_list__slug", "state")) == [
        ("p2@example.org", "news", "active"),
        ("p3@example.org", "news", "unsubscribed"),
        ("p4@example.org", "other", "active"),
    ]
    assert [contact.email for contact in vigil.contacts.all()] == ["p2@example.org"]
    job.refresh_from_db()
    assert job.state == ImportState.UNDONE
    assert not job.changes.exists()


def test_after_thirty_days_files_and_samples_are_gone_and_nothing_can_be_undone(
    applied: Made,
) -> None:
    job = applied(sheet(2) + "broken,x,\n")
    assert ImportRowError.objects.count() == 1
    long_ago = timezone.now() - timedelta(days=31)
    ImportJob.objects.update(created_at=long_ago, finished_at=long_ago)
    assert imports.forget() == 1
    job.refresh_from_db()
    assert (job.stored_name, job.rows_name, job.report) == ("", "", {})
    assert not ImportRowError.objects.exists()
    assert Contact.objects.count() == 2
    with pytest.raises(ImportRefused):
        imports.ask_undo(job=job)


def test_a_file_whose_maker_died_before_she_named_it_is_gone_after_a_day(
    applied: Made, tmp_path: Path
) -> None:
    kept = tmp_path / "private"
    job = applied(sheet(2))
    stray = import_files.store(ContentFile(b"mira@example.org"))
    assert imports.clear_strays() == 0
    ago = (timezone.now() - timedelta(hours=25)).timestamp()
    for path in (kept / "imports").iterdir():
        os.utime(path, (ago, ago))
    assert retention.prune()["strays"] == 1
    assert not (kept / stray).exists()
    assert (kept / job.stored_name).exists()
    assert (kept / job.rows_name).exists()


def test_what_came_in_when_the_process_was_killed_is_gone_after_a_day(
    settings: Settings, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "private" / "uploads"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True)
    coming = TemporaryUploadedFile("a.csv", "text/csv", 3, "utf-8")
    path = Path(coming.temporary_file_path())
    assert path.parent == settings.FILE_UPLOAD_TEMP_DIR
    assert imports.clear_strays() == 0
    ago = (timezone.now() - timedelta(hours=25)).timestamp()
    os.utime(path, (ago, ago))
    assert imports.clear_strays() == 1
    assert not path.exists()
    coming.close()


# Kills ------------------------------------------------------------------------------
SCRIPT = """
import django, json, sys
django.setup()
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from newsletters.models import *
from newsletters.services import imports
from newsletters.services.imports import applying
applying.CHUNK = dict.fromkeys(applying.CHUNK, 50)
# Several hands, where the database has room for them.
applying.WORTH = 50
order = sys.argv[1]
if order == "make":
    user = User.objects.create_user("aigul")
    news = MailingList.objects.create(name="News", slug="news")
    rows = "".join(f"p{n}@example.org,Given {n}\\n" for n in range(4000))
    file = SimpleUploadedFile("a.csv", ("Email,Given name\\n" + rows).encode())
    job = imports.create(file=file, user=user)
    chosen = imports.Choices(mapping=job.mapping, mailing_list=news, legal_basis="consent",
                             source="Vigil", wording="Yes")
    imports.map_columns(job=job, choices=chosen)
    imports.check(job_id=job.pk)
    job.refresh_from_db()
    imports.go(job=job)
elif order == "apply":
    write = applying.write
    def loud(**values):
        print("writing", flush=True)
        return write(**values)
    applying.write = loud
    imports.apply(job_id=1)
elif order == "free":
    ImportJob.objects.update(lease_until=None)
job = ImportJob.objects.get()
print(json.dumps({"state": job.state, "cursor": job.cursor, "result": job.result,
    "people": Contact.objects.count(), "on": Subscription.objects.count(),
    "proofs": ConsentEvent.objects.count(), "changes": ImportChange.objects.count()}))
"""


@pytest.mark.faults
def test_killed_three_times_half_way_the_import_ends_as_if_nothing_had_been(
    databases: Databases, tmp_path: Path
) -> None:
    environment = {
        "DATABASE_URL": databases.fresh(),
        "HANDBILL_VAR": str(tmp_path / "var"),
        "CELERY_BROKER_URL": "memory://",
    }

    def run(order: str) -> dict[str, Any]:
        log = tmp_path / f"{order}.log"
        with Program(["-c", SCRIPT, order], environment=environment, log=log) as program:
            assert program.process.wait(120) == 0, program.output()
            answer: dict[str, Any] = json.loads(program.output().splitlines()[-1])
            return answer

    assert run("make")["state"] == "applying"
    chance = random.Random(40)
    reached = 0
    for kill in range(3):
        log = tmp_path / f"kill-{kill}.log"
        with Program(["-c", SCRIPT, "apply"], environment=environment, log=log) as program:

            def wrote(program: Program = program) -> bool:
                return program.output().count("writing") > 3

            wait_until(wrote, seconds=60, what="some chunks written")
            time.sleep(chance.uniform(0, 0.1))
            program.kill(signal.SIGKILL)
        found = run("free")
        assert found["people"] == found["on"] == found["proofs"] == found["changes"]
        assert reached < found["people"] == found["cursor"] < 4000
        reached = found["cursor"]
    assert run("apply") == {
        "state": "done",
        "cursor": 4000,
        "result": {"created": 4000, "joins": 4000},
        "people": 4000,
        "on": 4000,
        "proofs": 4000,
        "changes": 4000,
    }
