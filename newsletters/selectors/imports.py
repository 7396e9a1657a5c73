"""Reading around imports: what we know of the people in a chunk, what staff see of an import."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from newsletters.imports.cleaning import Person
from newsletters.imports.columns import PROFILE
from newsletters.imports.deciding import Known
from newsletters.models import (
    Contact,
    ImportJob,
    ImportRowError,
    MailingList,
    Subscription,
    Suppression,
)
from newsletters.states import ContactState, ImportState


@dataclass(frozen=True)
class Directory:
    """What we know of the people in one chunk."""

    contacts: dict[str, Contact]
    suppressed: set[str]
    subscriptions: dict[int, str]
    tags: dict[int, set[str]]

    def known(self, email: str) -> Known | None:
        """The person behind a canonical address, as ``decide`` wants her."""
        contact = self.contacts.get(email)
        if contact is None:
            return None
        return Known(
            values={name: str(getattr(contact, name) or "") for name in PROFILE},
            reachable=contact.state == ContactState.REACHABLE,
            subscription=self.subscriptions.get(contact.pk, ""),
            tags=frozenset(self.tags.get(contact.pk, ())),
        )


def directory(
    people: list[Person], mailing_list: MailingList | None, *, lock: bool = False
) -> Directory:
    """Look the people of a chunk up: four queries, however many they are.

    ``lock`` keeps their rows as read until the transaction ends.
    """
    rows = Contact.objects.filter(email__in=[person.email for person in people]).order_by("pk")
    if lock:
        rows = rows.select_for_update()
    contacts = {contact.email: contact for contact in rows}
    ids = [contact.pk for contact in contacts.values()]
    suppressed = Suppression.objects.filter(address_key__in=[person.key for person in people])
    on_list = Subscription.objects.filter(mailing_list=mailing_list, contact__in=ids)
    tags: dict[int, set[str]] = defaultdict(set)
    worn = Contact.tags.through.objects.filter(contact__in=ids)
    for contact_id, name in worn.values_list("contact_id", "tag__name"):
        tags[contact_id].add(name)
    return Directory(
        contacts=contacts,
        suppressed=set(suppressed.values_list("address_key", flat=True)),
        subscriptions=dict(on_list.values_list("contact_id", "state")) if mailing_list else {},
        tags=tags,
    )


def jobs() -> QuerySet[ImportJob]:
    """All imports, newest first, for a list."""
    return ImportJob.objects.select_related("mailing_list", "created_by").defer(
        "layout", "report", "mapping"
    )


def refused_rows(job: ImportJob) -> Iterator[ImportRowError]:
    """Every refused row in the order of the file, read in chunks."""
    return job.row_errors.order_by("row", "pk").iterator(chunk_size=2000)


def refused_table(job: ImportJob, heading: Iterable[str]) -> Iterator[list[Any]]:
    """The sheet of refused rows: number, reason, then the cells as they were."""
    yield [*heading, *job.layout["columns"]]
    for error in refused_rows(job):
        reason = f"{error.column}: {error.message}" if error.column else error.message
        yield [error.row, reason, *(cell or "" for cell in error.cells)]


def can_be_undone(job: ImportJob, days: int) -> bool:
    """Whether what the import changed can still be taken back."""
    return (
        job.state in {ImportState.DONE, ImportState.CANCELLED}
        and job.finished_at is not None
        and job.finished_at > timezone.now() - timedelta(days=days)
        and job.changes.exists()
    )
