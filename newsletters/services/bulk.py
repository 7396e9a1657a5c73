"""Changing many people at once: start → run, or stop → undo for 30 days.

Each long step is done in chunks, fenced by a lease, and goes on after a kill.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.errors import BulkRefused, QueryRefused, SegmentRefused
from newsletters.models import (
    ActKind,
    BulkChange,
    BulkChangeRow,
    BulkKind,
    BulkState,
    Contact,
    Tag,
)
from newsletters.selectors import people
from newsletters.selectors.bulk import UNDO_DAYS, can_be_undone
from newsletters.selectors.contacts import newest_id
from newsletters.selectors.people import Query
from newsletters.services import acts, presses, work
from newsletters.services.bulk_acts import ACTS, WAYS_BACK
from newsletters.services.bulk_terms import Terms
from newsletters.services.work import LeaseLost
from worker.doorbell import Job, ring

CHUNK = 500


def start(*, query: Query, kind: BulkKind, terms: Terms, by: User) -> BulkChange:
    """A WAITING change to whoever answers to ``query`` now; the audit names it, the worker is rung.

    Who comes later is not touched, and a segment changed later changes nothing.
    ``total`` is 0 where counting takes too long, until the worker is through.
    Pressing twice is as once. Raises BulkRefused when nobody answers, QueryRefused, SegmentRefused.
    """
    query = people.frozen(query)
    # Before the transaction: on SQLite nobody else could write while it is counted.
    total = people.number_of(people.people(query))
    return _create(query, kind, terms, by, total)


def run(*, change_id: int) -> None:
    """WAITING → RUNNING → DONE, from where the last worker came to; FAILED when it cannot be.

    Two at once: the second stops quietly.
    """
    change = work.take(
        BulkChange, change_id, BulkState.WAITING, BulkState.RUNNING, now=BulkState.RUNNING
    )
    if change is not None:
        with suppress(LeaseLost):
            _go_on(change)


def stop(*, change: BulkChange) -> BulkChange:
    """Stop at the next chunk; what is changed stays until it is undone."""
    return work.stop(change)


@transaction.atomic
def ask_undo(*, change: BulkChange) -> BulkChange:
    """DONE, STOPPED → UNDOING; the worker is rung. Pressing twice is as once.

    Raises BulkRefused after 30 days, when there is nothing to undo, and for who was
    taken off a list: a consent comes from the person alone.
    """
    change.refresh_from_db()
    if change.state in {BulkState.UNDOING, BulkState.UNDONE}:
        return change
    if not can_be_undone(change):
        raise BulkRefused("undo", _("This change can no longer be undone."))
    mine = BulkChange.objects.filter(pk=change.pk, state=change.state)
    if mine.update(state=BulkState.UNDOING, cursor=0, done=0, **work.FREE):
        ring(Job.UNDO_BULK, change.pk)
    change.refresh_from_db()
    return change


def undo(*, change_id: int) -> None:
    """UNDOING → UNDONE, chunk by chunk. What somebody did since is left alone."""
    change = work.take(BulkChange, change_id, BulkState.UNDOING, now=BulkState.UNDOING)
    if change is None:
        return
    with suppress(LeaseLost):
        if work.in_chunks(change, _undo_chunk):
            work.finish(change, BulkState.UNDONE)


def resume() -> int:
    """Ring for every change that stands still: its ring was lost or its worker died."""
    found = work.standing_still(BulkChange, *work.WORKING)
    for pk, state in found:
        ring(Job.UNDO_BULK if state == BulkState.UNDOING else Job.RUN_BULK, pk)
    return len(found)


def past() -> QuerySet[BulkChangeRow]:
    """What an undo needed for which it is too late."""
    old = BulkChange.objects.filter(finished_at__lt=timezone.now() - timedelta(days=UNDO_DAYS))
    return BulkChangeRow.objects.filter(change__in=old.exclude(state=BulkState.UNDOING))


def forget() -> int:
    """Delete what an undo needed when it is too late for one, and whom it was about.

    Returns how many rows.
    """
    old = BulkChange.objects.filter(finished_at__lt=timezone.now() - timedelta(days=UNDO_DAYS))
    old.exclude(query=work.FORGOTTEN).update(query=work.FORGOTTEN)
    forgotten = 0
    while chunk := list(past().values_list("pk", flat=True)[:CHUNK]):
        forgotten += BulkChangeRow.objects.filter(pk__in=chunk).delete()[0]
    return forgotten


@transaction.atomic
def _create(query: Query, kind: BulkKind, terms: Terms, by: User, total: int | None) -> BulkChange:
    asked = {"kind": kind, "query": people.as_json(query), "terms": _settled(kind, terms)}
    before = presses.first(BulkChange, by, **asked)
    if before is not None:
        return before
    if total == 0:
        raise BulkRefused("nobody", _("Nobody answers to this any more. Nothing was changed."))
    change = BulkChange.objects.create(
        **asked, total=total or 0, last_id=newest_id(), created_by=by
    )
    details: dict[str, Any] = {"change": change.pk, "act": kind.value}
    acts.note(kind=ActKind.BULK, by=by, details=details | work.counted(total))
    ring(Job.RUN_BULK, change.pk)
    return change


def _go_on(change: BulkChange) -> None:
    try:
        if work.in_chunks(change, _run_chunk):
            work.finish(change, BulkState.DONE, total=change.done)
    except (BulkRefused, QueryRefused, SegmentRefused) as refused:
        work.finish(change, BulkState.FAILED, error=str(refused)[:300])


def _run_chunk(change: BulkChange) -> bool:
    with transaction.atomic():
        work.renew(change)
        found = people.people(people.from_json(change.query))
        ids = list(
            found.filter(pk__gt=change.cursor, pk__lte=change.last_id)
            .order_by("pk")
            .values_list("pk", flat=True)[:CHUNK]
        )
        if not ids:
            return False
        # Nobody is erased or merged while she is being changed.
        there = Contact.objects.select_for_update().filter(pk__in=ids).order_by("pk")
        before = ACTS[change.kind](change, list(there.values_list("pk", flat=True)))
        BulkChangeRow.objects.bulk_create(
            BulkChangeRow(change=change, contact_id=pk, before=was) for pk, was in before.items()
        )
        done, changed = change.done + len(ids), change.changed + len(before)
        work.renew(change, cursor=ids[-1], done=done, changed=changed)
    return True


def _undo_chunk(change: BulkChange) -> bool:
    with transaction.atomic():
        work.renew(change)
        # In the order of the index that begins with the change: others may have a million rows.
        rows = list(change.rows.order_by("contact_id")[:CHUNK])
        if not rows:
            return False
        there = Contact.objects.select_for_update().order_by("pk")
        there = there.filter(pk__in=[row.contact_id for row in rows])
        alive = set(there.values_list("pk", flat=True))
        before = {row.contact_id: row.before for row in rows if row.contact_id in alive}
        WAYS_BACK[change.kind](change, before)
        BulkChangeRow.objects.filter(pk__in=[row.pk for row in rows]).delete()
        work.renew(change, done=change.done + len(rows))
    return True


def _settled(kind: BulkKind, terms: Terms) -> Terms:
    """The tag is made when the change starts, not when somebody looks at what it would do."""
    if kind != BulkKind.ADD_TAG or terms["tag"]:
        return terms
    return terms | {"tag": Tag.objects.get_or_create(name=terms["name"])[0].pk}
