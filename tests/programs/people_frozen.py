"""Work on people whose worker is frozen for longer than its lease, wherever it stands.

Prints how often it was frozen as JSON. Fails when it does anything after it woke.
"""

import itertools
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from newsletters.models import BulkChange, BulkKind, BulkState, Export, ExportFormat
from newsletters.selectors import exports as export_rows
from newsletters.selectors.people import Query
from newsletters.services import bulk, bulk_terms, exports
from tests.infra.mortal import is_frozen_before
from tests.infra.snapshots import everything, files
from tests.stories import members

CHUNK = 2


def change(number: int) -> BulkChange:
    """A tag of its own for everybody."""
    terms = bulk_terms.tag_to_put_on(f"vigil {number}")
    by = User.objects.get(username="aigul")
    return bulk.start(query=Query(), kind=BulkKind.ADD_TAG, terms=terms, by=by)


def run_change(pk: int) -> None:
    """What the worker does."""
    bulk.run(change_id=pk)


def table(number: int) -> Export:
    """Everybody, in a table: for somebody else each time, or it would be the same one."""
    by = User.objects.create_user(f"aigul{number}")
    return exports.start(query=Query(), written_as=ExportFormat.CSV, by=by)


def run_table(pk: int) -> None:
    """What the worker does."""
    exports.run(export_id=pk)


def freeze(make: Callable[[int], BulkChange | Export], run: Callable[[int], None]) -> int:
    """Freeze a worker before its first step, the next one before its second …; how many were."""
    for number in itertools.count(1):
        job: Any = make(number)
        after: list[object] = []

        def somebody_else_goes_on(job: Any = job, after: list[object] = after) -> None:
            rows = type(job).objects.filter(pk=job.pk)
            ago = timezone.now() - timedelta(seconds=1)
            rows.exclude(lease_until=None).update(lease_until=ago)
            run(job.pk)
            assert rows.get().state == BulkState.DONE
            after.extend((everything(), files("exports")))

        if not is_frozen_before(partial(run, job.pk), number, somebody_else_goes_on):
            return number - 1
        assert after == [everything(), files("exports")], "it wrote when it woke"
    raise AssertionError


if __name__ == "__main__":
    bulk.CHUNK = export_rows.CHUNK = CHUNK
    exports.AT_ONCE = 0
    members(5)
    User.objects.create_user("aigul")
    found = {"change": freeze(change, run_change), "table": freeze(table, run_table)}
    sys.stdout.write(json.dumps(found) + "\n")
