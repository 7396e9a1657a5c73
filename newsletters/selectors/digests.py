"""Digests: what is new, what of it a reader gets, and how the issues stand."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from newsletters import ports
from newsletters.models import (
    Contact,
    Delivery,
    Digest,
    DigestRead,
)
from newsletters.ports import DigestItem, DigestSection
from newsletters.selectors import audience
from newsletters.selectors.audience import Audience
from newsletters.states import DeliveryState, MailingState, SkipReason

Items = list[dict[str, Any]]

# An item with an older date that was published late still comes.
LOOK_BACK = timedelta(days=30)
# The indices of all of them fit a delivery's variant, and the mail stays under the clipping limit.
MAX_ITEMS = 40


@dataclass(frozen=True, slots=True)
class Taste:
    """What decides about the items of one reader."""

    language: str
    topics: frozenset[str]
    read: frozenset[str]


# Items ------------------------------------------------------------------------------
def new_items(digest: Digest, until: datetime) -> Items:
    """What an issue that ends at ``until`` holds: public before it and in no issue yet.

    Newest first, at most MAX_ITEMS; older ones beyond that wait for the next issue.
    """
    since = digest.covered_until - LOOK_BACK
    used = _used(digest, since)
    found = [item for item in public_items(since, until) if item["key"] not in used]
    return found[:MAX_ITEMS]


def public_items(since: datetime, until: datetime) -> Items:
    """What the sections know of ``[since, until)``, newest first, in the form that is frozen."""
    found = [
        {**item.as_dict(), "section": section.name}
        for section in ports.sections()
        for item in _all(section, since, until)
    ]
    return sorted(found, key=lambda item: str(item["published_at"]), reverse=True)


def _all(section: DigestSection, since: datetime, until: datetime) -> Iterator[DigestItem]:
    """Page through a section, which gives its newest items only; each item once."""
    seen: set[str] = set()
    while page := [item for item in section.items(since, until) if item.key not in seen]:
        seen.update(item.key for item in page)
        yield from page
        oldest = min(item.published_at for item in page)
        if not oldest:
            return
        # One tick later, so that others of the same instant are not lost.
        until = datetime.fromisoformat(oldest) + timedelta(microseconds=1)


def _used(digest: Digest, since: datetime) -> set[str]:
    """Keys of items that were in an issue, apart from issues that did not reach everybody.

    What a cancelled issue held comes again, and what could not be sent to more
    than a tenth before its deadline: to whoever has not been given it.
    """
    expired = Q(
        mailing__deliveries__state=DeliveryState.SKIPPED,
        mailing__deliveries__reason=SkipReason.EXPIRED,
    )
    issues = (
        digest.issues.filter(period_end__gt=since)
        .exclude(mailing__state=MailingState.CANCELLED)
        .annotate(expired=Count("mailing__deliveries", filter=expired))
        .filter(Q(mailing__isnull=True) | Q(expired__lte=F("mailing__total") / 10))
    )
    return {item["key"] for items in issues.values_list("items", flat=True) for item in items}


# Readers ----------------------------------------------------------------------------
def readers(digest: Digest, people: QuerySet[Contact]) -> QuerySet[Contact]:
    """Those of ``people`` who want a digest this often."""
    return people.filter(digest_frequency=digest.frequency)


def readers_of(digest: Digest) -> QuerySet[Contact]:
    """Everybody who would be looked at for an issue now."""
    return readers(digest, audience.people(Audience((digest.mailing_list_id,))))


def reader_language(language: str, digest: Digest) -> str:
    """The language a reader gets: her own when we write in it, otherwise the digest's."""
    for code in (language, language.partition("-")[0]):
        if code in settings.CONTENT_LANGUAGES:
            return code
    return digest.language


def tastes(people: Collection[Contact], digest: Digest, items: Items) -> dict[int, Taste]:
    """Contact id → taste. Two queries for any number of people."""
    ids = [person.pk for person in people]
    topics = _gathered(
        Contact.topics.through.objects.filter(contact__in=ids).values_list(
            "contact_id", "topic__slug"
        )
    )
    keys = [item["key"] for item in items]
    given = DigestRead.objects.filter(~Exists(_lost()), contact__in=ids, item_key__in=keys)
    read = _gathered(given.values_list("contact_id", "item_key"))
    return {
        person.pk: Taste(
            reader_language(person.language, digest),
            frozenset(topics.get(person.pk, ())),
            frozenset(read.get(person.pk, ())),
        )
        for person in people
    }


def choose(items: Items, taste: Taste) -> list[int]:
    """Indices of what a reader gets: her language, her topics (none: all), not yet read."""
    return [
        index
        for index, item in enumerate(items)
        if item["language"] == taste.language
        and (not taste.topics or not taste.topics.isdisjoint(item["topics"]))
        and item["key"] not in taste.read
    ]


def _lost() -> QuerySet[Delivery]:
    """The mail in which the outer DigestRead was given, when it never left."""
    left = Q(state=DeliveryState.SKIPPED) & ~Q(reason=SkipReason.LEFT)
    never = Q(state__in=(DeliveryState.CANCELLED, DeliveryState.REFUSED)) | left
    return Delivery.objects.filter(
        never, mailing__issue=OuterRef("issue"), contact=OuterRef("contact")
    )


def _gathered(pairs: Iterable[tuple[int, str]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for contact, word in pairs:
        found.setdefault(contact, set()).add(word)
    return found
