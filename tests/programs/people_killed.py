"""Long work on people, killed before each of its steps: ``… tests.programs.people_killed CASE``.

Prints what is there afterwards as JSON. Fails when a dead process left what it must not.
"""

import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model, QuerySet
from django.utils import timezone

from newsletters.models import (
    BulkKind,
    BulkState,
    ConsentEvent,
    Contact,
    Delivery,
    ExportFormat,
    ImportChange,
    Subscription,
    Tag,
)
from newsletters.selectors import exports as export_rows
from newsletters.selectors.people import Query
from newsletters.services import bulk, bulk_terms, exports, imports, scratch
from newsletters.services.bulk_terms import Terms
from newsletters.services.imports import applying, undoing
from newsletters.states import DeliveryState
from tests.factories.newsletters import DeliveryFactory
from tests.infra.mortal import Work, kill_before_every_step
from tests.infra.snapshots import everything, files, leavings, people
from tests.stories import members

PEOPLE = 5
# Each piece of work takes three of them.
CHUNK = 2
Found = dict[str, Any]


def changes() -> list[Found]:
    """Each kind of bulk change."""
    news = members(PEOPLE)
    first = Contact.objects.earliest("pk")
    first.tags.add(Tag.objects.create(name="vigil"))
    mail = DeliveryFactory(contact=first, mailing_list=news)
    mail.mailing.lists.add(news)
    found = [
        _change(BulkKind.ADD_TAG, bulk_terms.tag_to_put_on("vigil")),
        _change(BulkKind.SET_FIELD, bulk_terms.field_to_set("language", "French"), stride=3),
        _change(BulkKind.TAKE_OFF, bulk_terms.list_to_leave(news)),
    ]
    lines = Counter(ConsentEvent.objects.values_list("contact", flat=True))
    is_skipped = Delivery.objects.get().state == DeliveryState.SKIPPED
    return [*found, {"left": list(lines.values()), "skipped": is_skipped}]


def _change(kind: BulkKind, terms: Terms, stride: int = 1) -> Found:
    before = people()
    change = bulk.start(query=Query(), kind=kind, terms=terms, by=User.objects.get())
    found: Found = {"killed": killed(lambda: bulk.run(change_id=change.pk), change, stride)}
    change.refresh_from_db()
    found |= {"state": change.state, "done": change.done, "changed": change.changed}
    found |= {"rows": change.rows.count(), "tagged": Tag.objects.get().contacts.count()}
    if kind != BulkKind.TAKE_OFF:
        bulk.ask_undo(change=change)
        found["undo_killed"] = killed(lambda: bulk.undo(change_id=change.pk), change, stride)
        change.refresh_from_db()
        found |= {"undone": change.state, "restored": people() == before}
    return found


def tables() -> list[Found]:
    """An export of each format."""
    members(PEOPLE)
    return [_table(ExportFormat(written_as)) for written_as in ExportFormat.values]


def _table(written_as: ExportFormat) -> Found:
    export = exports.start(query=Query(), written_as=written_as, by=User.objects.get())
    lying: list[int] = []

    def nothing_is_offered() -> None:
        lying.append(len(leavings()))
        export.refresh_from_db()
        if export.state != BulkState.DONE:
            assert exports.open_file(export) is None, "half a table is offered"

    deaths = killed(lambda: exports.run(export_id=export.pk), export, look=nothing_is_offered)
    export.refresh_from_db()
    file = exports.open_file(export)
    assert file is not None
    with file:
        content = file.read()
    if written_as == ExportFormat.CSV:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    else:
        rows = [list(row) for row in openpyxl.load_workbook(io.BytesIO(content)).active.values]
    return {
        "killed": deaths,
        "left_lying": sum(map(bool, lying)),
        "state": export.state,
        "addresses": [row[0] for row in rows[1:]],
        "files": len(files("exports")),
    }


def undo_of_import() -> Found:
    """An import written and taken back."""
    members(3)
    Contact.objects.update(given_name="Old")
    before = people()
    rows = "".join(f"p{number}@example.org,New,vigil\n" for number in range(6))
    file = SimpleUploadedFile("a.csv", f"Email,Given name,Tags\n{rows}".encode())
    job = imports.create(file=file, user=User.objects.get())
    news = Subscription.objects.first()
    assert news is not None
    chosen = imports.Choices(
        mapping=job.mapping,
        mailing_list=news.mailing_list,
        legal_basis="consent",
        source="Vigil",
        wording="Yes",
        policy="overwrite",
    )
    imports.map_columns(job=job, choices=chosen)
    lying: list[int] = []
    found: Found = {
        "check_killed": killed(
            lambda: imports.check(job_id=job.pk),
            job,
            stride=4,
            look=lambda: lying.append(len(leavings())),
        ),
        "left_lying": sum(map(bool, lying)),
    }
    job.refresh_from_db()
    imports.go(job=job)
    found["killed"] = killed(lambda: imports.apply(job_id=job.pk), job)
    job.refresh_from_db()
    found |= {"state": job.state, "result": job.result, "changes": ImportChange.objects.count()}
    found |= {"people": Contact.objects.count(), "proofs": ConsentEvent.objects.count()}
    imports.ask_undo(job=job)
    found["undo_killed"] = killed(lambda: imports.undo(job_id=job.pk), job)
    job.refresh_from_db()
    return found | {"undone": job.state, "restored": people() == before}


def killed(work: Work, job: Model, stride: int = 1, look: Work = lambda: None) -> int:
    """Kill ``work`` on the row ``job`` everywhere; the tick finds it each time. Then twice more."""

    def lease_runs_out() -> None:
        look()
        rows: QuerySet[Any] = type(job)._default_manager.filter(pk=job.pk)
        rows.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))
        ended = {"checked", "done", "undone"}
        is_over = rows.values_list("state", flat=True)[0] in ended
        assert bulk.resume() + exports.resume() + imports.resume() == (not is_over)
        scratch.sweep()
        assert not leavings(), "what the dead one was at lies there"

    deaths = kill_before_every_step(work, lease_runs_out, stride=stride)
    before = everything()
    work()
    work()
    assert everything() == before, "done twice"
    return deaths


CASES: dict[str, Callable[[], Any]] = {
    case.__name__: case for case in (changes, tables, undo_of_import)
}


def main() -> None:
    """Small chunks, so that there is an end of one and a beginning of the next."""
    bulk.CHUNK = export_rows.CHUNK = CHUNK
    exports.AT_ONCE = 0
    applying.CHUNK = undoing.CHUNK = {"postgresql": CHUNK, "sqlite": CHUNK}
    User.objects.create_user("aigul")
    sys.stdout.write(json.dumps(CASES[sys.argv[1]]()) + "\n")


if __name__ == "__main__":
    main()
