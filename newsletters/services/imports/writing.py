"""One chunk of people into the database: a fixed number of queries, whatever the chunk holds."""

from collections import Counter
from dataclasses import dataclass

from django.utils import timezone

from newsletters.imports.cleaning import Person
from newsletters.imports.columns import PROFILE
from newsletters.imports.deciding import Decision, Outcome, decide
from newsletters.models import (
    ConsentAct,
    ConsentEvent,
    Contact,
    ImportChange,
    ImportJob,
    Subscription,
    Tag,
)
from newsletters.selectors.imports import directory
from newsletters.services.imports.terms import terms_of
from newsletters.states import SubscriptionState


@dataclass
class _Line:
    """A person, what is done to her, and the row she has or gets."""

    person: Person
    decision: Decision
    contact: Contact


def write(*, job: ImportJob, people: list[Person]) -> Counter[str]:
    """Do to these people what ``decide`` says, and note what changed. Returns the counts.

    Runs in the caller's transaction, with the import's lease held. Raises
    IntegrityError when one of them signed up at this very moment.
    """
    known_people = directory(people, job.mailing_list, lock=True)
    terms = terms_of(job)
    counts: Counter[str] = Counter()
    lines: list[_Line] = []
    for person in people:
        decision = decide(
            person,
            known_people.known(person.email),
            suppressed=person.key in known_people.suppressed,
            terms=terms,
        )
        counts[decision.outcome] += 1
        counts["joins"] += decision.joins
        if decision.outcome in {Outcome.CREATED, Outcome.UPDATED}:
            lines.append(
                _Line(person, decision, known_people.contacts.get(person.email) or _new(person))
            )
    befores = [_before(line) for line in lines]
    _write_contacts(lines)
    _write_tags(lines)
    _write_subscriptions(job, lines)
    ImportChange.objects.bulk_create(
        ImportChange(
            job=job,
            contact=line.contact,
            created=line.decision.outcome == Outcome.CREATED,
            before=before,
            after=line.decision.changes
            | {"tags": list(line.decision.tags), "joined": line.decision.joins},
        )
        for line, before in zip(lines, befores, strict=True)
    )
    return counts


def _new(person: Person) -> Contact:
    return Contact(email=person.email, email_typed=person.typed[:320], address_key=person.key)


def _before(line: _Line) -> dict[str, str]:
    return {name: str(getattr(line.contact, name) or "") for name in line.decision.changes}


def _write_contacts(lines: list[_Line]) -> None:
    new, changed = [], []
    for line in lines:
        for name, value in line.decision.changes.items():
            setattr(line.contact, name, value)
        if line.decision.outcome == Outcome.CREATED:
            new.append(line.contact)
        elif line.decision.changes:
            changed.append(line.contact)
    Contact.objects.bulk_create(new)
    # Thirty times as fast as bulk_update, which writes a CASE with a branch for every row.
    # The rows are locked (PostgreSQL) or nobody else writes (SQLite), so nothing is lost.
    Contact.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*PROFILE, "updated_at"],
    )


def _write_tags(lines: list[_Line]) -> None:
    names = {tag for line in lines for tag in line.decision.tags}
    if not names:
        return
    ids = dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
    through = Contact.tags.through
    through.objects.bulk_create(
        [
            through(contact_id=line.contact.pk, tag_id=ids[tag])
            for line in lines
            for tag in line.decision.tags
            if tag in ids
        ],
        ignore_conflicts=True,
    )


def _write_subscriptions(job: ImportJob, lines: list[_Line]) -> None:
    joining = [line.contact for line in lines if line.decision.joins]
    if not joining or job.mailing_list is None:
        return
    now = timezone.now()
    Subscription.objects.bulk_create(
        Subscription(
            contact=contact,
            mailing_list=job.mailing_list,
            state=SubscriptionState.ACTIVE,
            method=job.method,
            confirmed_at=now,
        )
        for contact in joining
    )
    ConsentEvent.objects.bulk_create(
        ConsentEvent(
            contact=contact,
            address_key=contact.address_key,
            mailing_list=job.mailing_list,
            purpose=f"list {job.mailing_list.slug}"[:60],
            act=ConsentAct.GRANTED,
            wording=job.wording,
            method=job.method,
            legal_basis=f"{job.legal_basis}: {job.source}"[:200],
            happened_at=now,
        )
        for contact in joining
    )
