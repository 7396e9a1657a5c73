"""The rows of a digest issue: per reader the items she gets, and one frozen text per combination.

Runs inside a chunk of ``newsletters.services.expansion``: the cursor, the rows,
the texts and what was read are one transaction, so a kill repeats and loses nothing.
"""

from datetime import timedelta
from functools import partial

from django.db.models import QuerySet
from django.utils import timezone

from newsletters.compose import digest as compose
from newsletters.compose import rendering
from newsletters.models import (
    Contact,
    Delivery,
    DigestIssue,
    DigestRead,
    Mailing,
    MailingVersion,
)
from newsletters.selectors import audience, digests

CHUNK = 1_000


def readers(mailing: Mailing, people: QuerySet[Contact]) -> QuerySet[Contact]:
    """Those of ``people`` who want this digest as often as it comes."""
    return digests.readers(_issue(mailing).digest, people)


def write(
    mailing: Mailing, version: MailingVersion, people: QuerySet[Contact], lists: tuple[int, ...]
) -> None:
    """Write the rows of at most CHUNK ``people``; who has no item gets none.

    The number of queries does not depend on how many people there are. The
    people are held to the end of the transaction: another digest that reaches
    the same person at the same moment waits and then knows what she was given.
    """
    issue = _issue(mailing)
    held = people.select_for_update(of=("self",), no_key=True).order_by("pk")
    found = list(held.annotate(reached_by=audience.reached_by(lists)))
    tastes = digests.tastes(found, issue.digest, issue.items)
    chosen = {pk: digests.choose(issue.items, taste) for pk, taste in tastes.items()}
    gets = [person for person in found if chosen[person.pk]]
    _complete(version, issue, {(tastes[p.pk].language, tuple(chosen[p.pk])) for p in gets})
    row = partial(_row, mailing, version)
    Delivery.objects.bulk_create(
        [row(person, tastes[person.pk].language, chosen[person.pk]) for person in gets],
        ignore_conflicts=True,
    )
    DigestRead.objects.bulk_create(
        [
            DigestRead(contact=person, item_key=issue.items[index]["key"], issue=issue)
            for person in gets
            for index in chosen[person.pk]
        ],
        # What an issue that never left had given her is hers by this one now.
        update_conflicts=True,
        unique_fields=("contact", "item_key"),
        update_fields=("issue",),
    )


def variant(chosen: list[int] | tuple[int, ...]) -> str:
    """The name of a combination of items: "0,2,5"."""
    return ",".join(map(str, chosen))


def _issue(mailing: Mailing) -> DigestIssue:
    return DigestIssue.objects.select_related("digest__mailing_list").get(mailing=mailing)


def _complete(
    version: MailingVersion, issue: DigestIssue, wanted: set[tuple[str, tuple[int, ...]]]
) -> None:
    """Render every combination that no earlier chunk needed, and keep it with the version."""
    missing = [
        (language, chosen)
        for language, chosen in sorted(wanted)
        if variant(chosen) not in version.parts.get(language, {})
    ]
    for language, chosen in missing:
        words = rendering.render(compose.draft(issue, language, chosen))
        version.parts.setdefault(language, {})[variant(chosen)] = {
            "subject": words.subject,
            "html": words.html,
            "text": words.text,
        }
    if missing:
        version.save(update_fields=["parts"])


def _row(
    mailing: Mailing, version: MailingVersion, person: Contact, language: str, chosen: list[int]
) -> Delivery:
    now = timezone.now()
    return Delivery(
        mailing=mailing,
        version=version,
        contact=person,
        mailing_list_id=person.reached_by,  # type: ignore[attr-defined]  # annotated above
        address=person.email,
        address_key=person.address_key,
        language=language,
        variant=variant(chosen),
        due_at=now,
        deadline_at=now + timedelta(hours=mailing.deadline_hours),
    )
