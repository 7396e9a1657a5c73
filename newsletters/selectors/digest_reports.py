"""Digests as staff look at them: the rhythm, the issues, and what one person would get."""

from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from newsletters.models import Contact, Digest, DigestFrequency, DigestIssue, Topic
from newsletters.selectors import audience, digests, mailings
from newsletters.selectors.audience import Audience
from newsletters.selectors.digests import Items
from newsletters.states import IssueState


@dataclass(frozen=True)
class TopicCount:
    """A topic in one issue: how many of its items carry it, how many readers chose it."""

    name: str
    items: int
    readers: int


@dataclass(frozen=True)
class Share:
    """What one person would get of an issue, and in words what keeps the rest from her."""

    items: Items
    language: str
    sentences: list[str]


def rhythm(digest: Digest) -> str:
    """When it goes out, in words."""
    words = {"day": WEEKDAYS[digest.weekday], "hour": f"{digest.hour:02}:00"}
    if digest.frequency == DigestFrequency.MONTHLY:
        return _("The first %(day)s of the month at %(hour)s") % words
    return _("Every %(day)s at %(hour)s") % words


def for_staff() -> QuerySet[Digest]:
    """Every digest with its list and, as ``newest``, its newest issue (two queries)."""
    issues = _seen().select_related("mailing").defer("items")
    return Digest.objects.select_related("mailing_list").prefetch_related(
        Prefetch("issues", queryset=issues[:1], to_attr="newest")
    )


def issues_of(digest: Digest) -> QuerySet[DigestIssue]:
    """Issues of one digest, newest first, without their items."""
    return _seen().filter(digest=digest).select_related("mailing").defer("items")


def waiting(digest: Digest) -> DigestIssue | None:
    """The newest issue that waits for approval."""
    return digest.issues.filter(state=IssueState.DRAFT).defer("items").first()


def with_names(items: Items) -> Items:
    """The items with ``language_name``, and ``topic_names`` of topics on offer (one query)."""
    names = dict(Topic.objects.values_list("slug", "name"))
    return [
        {
            **item,
            "language_name": mailings.language_name(item["language"]),
            "topic_names": [names[slug] for slug in item["topics"] if slug in names],
        }
        for item in items
    ]


def topic_counts(digest: Digest, items: Items) -> list[TopicCount]:
    """Every topic on offer with its items and its readers (one query)."""
    chosen = Count("contacts", filter=Q(contacts__in=digests.readers_of(digest)))
    return [
        TopicCount(topic.name, sum(topic.slug in item["topics"] for item in items), topic.chosen)
        for topic in Topic.objects.annotate(chosen=chosen)
    ]


def share_of(person: Contact, digest: Digest, items: Items) -> Share:
    """What ``person`` would get of ``items`` now."""
    taste = digests.tastes([person], digest, items)[person.pk]
    language = mailings.language_name(taste.language)
    keeps = _keeps_away(person, digest)
    if keeps:
        return Share([], language, keeps)
    had = sum(item["key"] in taste.read for item in items)
    sentences = [
        _("Chosen topics: %(topics)s.") % {"topics": ", ".join(sorted(taste.topics))}
        if taste.topics
        else _("No topic chosen, so all of them."),
        _("Language: %(language)s.") % {"language": language},
    ]
    if had:
        sentences.append(_("%(count)d of these reached this person already.") % {"count": had})
    return Share([items[n] for n in digests.choose(items, taste)], language, sentences)


def _keeps_away(person: Contact, digest: Digest) -> list[str]:
    """Why this person gets no issue at all; empty when she may."""
    until = audience.pause_of(person)
    if until:
        return [_("Asked for a pause until %(day)s.") % {"day": date_format(until, "j F Y")}]
    if not audience.people(Audience((digest.mailing_list_id,))).filter(pk=person.pk).exists():
        return [
            _("Not on the list “%(list)s”, or not to be written to.")
            % {"list": digest.mailing_list.name}
        ]
    if person.digest_frequency != digest.frequency:
        return [
            _("Wants digests “%(wanted)s”; this one is “%(ours)s”.")
            % {
                "wanted": person.get_digest_frequency_display(),
                "ours": digest.get_frequency_display(),
            }
        ]
    return []


def _seen() -> QuerySet[DigestIssue]:
    """All issues but those that only hold what was public before their digest was."""
    return DigestIssue.objects.exclude(Q(mailing__isnull=True) & ~Q(items=[]))
