"""Taking an import back: exactly what it changed, and nothing that people did since."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import ForeignObjectRel
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.errors import ImportRefused
from newsletters.imports.columns import PROFILE
from newsletters.models import (
    ConsentAct,
    ConsentEvent,
    Contact,
    ImportChange,
    ImportJob,
    Subscription,
    Tag,
)
from newsletters.selectors.imports import can_be_undone
from newsletters.services.imports import leases
from newsletters.services.imports.leases import LeaseLost
from newsletters.states import ImportState, SubscriptionState
from worker.doorbell import Job, ring
from worker.stopping import stopping

UNDO_DAYS = 30
CHUNK = 500


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
    the list by the import is taken off unless she has acted on it since.
    """
    job = leases.take(job_id, ImportState.UNDOING)
    if job is None:
        return
    try:
        while _next_chunk(job):
            if stopping.is_set():
                leases.release(job)
                return
        leases.finish(job, ImportState.UNDONE, finished_at=timezone.now())
    except LeaseLost:
        return


def expired(days: int = UNDO_DAYS) -> timedelta:
    """How long an import can be undone, and how long its files and refused rows are kept."""
    return timedelta(days=days)


def _next_chunk(job: ImportJob) -> bool:
    with transaction.atomic():
        leases.renew(job)
        changes = list(job.changes.order_by("pk")[:CHUNK])
        if not changes:
            return False
        contacts = Contact.objects.select_for_update().order_by("pk")
        people = contacts.in_bulk([change.contact_id for change in changes])
        _take_back(job, [change for change in changes if change.contact_id in people], people)
        ImportChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
        leases.renew(job, cursor=job.cursor + len(changes))
    return True


def _take_back(job: ImportJob, changes: list[ImportChange], people: dict[int, Contact]) -> None:
    acted = _acted_on_list(job, people)
    _leave_list(job, changes, people.keys() - acted)
    _take_off_tags(changes)
    busy = acted | _with_history(job, people)
    gone = {
        change.contact_id
        for change in changes
        if change.created and change.contact_id not in busy and _as_left(change, people)
    }
    _restore([change for change in changes if change.contact_id not in gone], people)
    Contact.objects.filter(pk__in=gone).delete()


def _acted_on_list(job: ImportJob, ids: Iterable[int]) -> set[int]:
    """Who has said something about the list through another door since."""
    events = ConsentEvent.objects.filter(
        contact__in=list(ids), mailing_list=job.mailing_list, happened_at__gte=job.created_at
    ).exclude(method=job.method)
    return {pk for pk in events.values_list("contact_id", flat=True) if pk}


def _leave_list(job: ImportJob, changes: list[ImportChange], ids: set[int]) -> None:
    joined = [c.contact_id for c in changes if c.after.get("joined") and c.contact_id in ids]
    rows = Subscription.objects.filter(
        contact__in=joined,
        mailing_list=job.mailing_list,
        state=SubscriptionState.ACTIVE,
        method=job.method,
    ).select_related("contact")
    now = timezone.now()
    ConsentEvent.objects.bulk_create(
        ConsentEvent(
            contact=row.contact,
            address_key=row.contact.address_key,
            mailing_list=job.mailing_list,
            purpose=f"list {job.mailing_list.slug}"[:60] if job.mailing_list else "",
            act=ConsentAct.WITHDRAWN,
            method=f"undo of {job.method}",
            happened_at=now,
        )
        for row in rows
    )
    Subscription.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _take_off_tags(changes: list[ImportChange]) -> None:
    names = {tag for change in changes for tag in change.after.get("tags", ())}
    if not names:
        return
    ids = dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
    through = Contact.tags.through
    wanted = {
        (change.contact_id, ids[tag])
        for change in changes
        for tag in change.after["tags"]
        if tag in ids
    }
    worn = through.objects.filter(contact__in=[pk for pk, _tag in wanted], tag__in=ids.values())
    off = [
        pk for pk, *pair in worn.values_list("pk", "contact_id", "tag_id") if tuple(pair) in wanted
    ]
    through.objects.filter(pk__in=off).delete()


def _with_history(job: ImportJob, ids: Iterable[int]) -> set[int]:
    """Who has anything else to her name: a signature, a letter, a mail, another list, a tag.

    Asks every table that points to a contact, also those of apps this one
    does not know.
    """
    busy: set[int] = set()
    for relation in Contact._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or relation.many_to_many:
            continue
        name = relation.field.name
        rows = relation.related_model._default_manager.filter(**{f"{name}__in": list(ids)})
        if relation.related_model is ImportChange:
            rows = rows.exclude(job=job)
        elif relation.related_model is ConsentEvent:
            rows = rows.exclude(method__in=(job.method, f"undo of {job.method}"))
        busy.update(rows.values_list(f"{name}_id", flat=True))
    return busy


def _as_left(change: ImportChange, people: dict[int, Contact]) -> bool:
    """Whether the person still is as the import made her."""
    contact = people[change.contact_id]
    return all(str(getattr(contact, name) or "") == change.after.get(name, "") for name in PROFILE)


def _restore(changes: list[ImportChange], people: dict[int, Contact]) -> None:
    """Put fields back that still hold what the import wrote."""
    changed = []
    for change in changes:
        contact = people[change.contact_id]
        for name, before in change.before.items():
            if str(getattr(contact, name) or "") == change.after[name]:
                setattr(contact, name, before)
        changed.append(contact)
    Contact.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*PROFILE, "updated_at"],
    )
