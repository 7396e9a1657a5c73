"""Questions about who opened a mailing or followed its links, where that was counted.

Machines are nobody: what a scanner or a mail client fetched by itself answers no question.
What is not known is refused, never taken for "no": else all who got an old mailing would
be those who never opened it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.compose import counting
from newsletters.conditions.post import MOST_CHOICES, STARTED
from newsletters.errors import SegmentRefused
from newsletters.models import Delivery, DeliveryEvent, Mailing, TrackedLink
from newsletters.ports import Question, SegmentCondition, Takes
from newsletters.selectors.segment_values import row_id, since
from newsletters.services.old_events import KEPT, ended_before
from newsletters.states import DeliveryState, Heard

LABEL = gettext_lazy("Opens and clicks")
# An address any longer pushes the mailing's name off a phone.
LONGEST_LINK = 80


class OfMailings:
    """What she did with a mailing: opened it, or followed a link in it."""

    label = LABEL

    def __init__(self, name: str, kind: Heard, operators: Mapping[str, Question]) -> None:
        """Takes its questions as they are put about this ``kind``."""
        self.name = name
        self.operators = dict(operators)
        self._kind = kind

    def choices(self) -> Sequence[tuple[str, str]]:
        """The newest mailings of which it is known."""
        newest = _known(self._kind).order_by("-pk")
        return [(str(pk), name) for pk, name in newest.values_list("pk", "name")[:MOST_CHOICES]]

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """An EXISTS among what was heard. Raises SegmentRefused for what nobody knows.

        "Got it and did not" is asked of those alone whose mail was accepted.
        """
        [value] = values
        did = _by_people(self._kind)
        if operator in {"within", "not_within"}:
            found = Q(Exists(did.filter(happened_at__gte=_first_day(value))))
            return ~found if operator == "not_within" else found
        mailing = row_id(value)
        if not _known(self._kind).filter(pk=mailing).exists() or _is_about_somebody(mailing):
            raise _unknown()
        found = Q(Exists(did.filter(mailing=mailing)))
        return _got(mailing) & ~found if operator == "is_not" else found


class LinkFollowed:
    """One link of one mailing."""

    name = "clicked_link"
    label = LABEL
    operators = {
        "is": Question(gettext_lazy("has followed the link …"), (Takes.CHOICE,)),
        "is_not": Question(gettext_lazy("has got the link … and not followed it"), (Takes.CHOICE,)),
    }

    def choices(self) -> Sequence[tuple[str, str]]:
        """The newest links of mailings of which it is known, with the mailing's name."""
        rows = _links().order_by("-pk").values_list("pk", "url", "mailing__name")
        return [(str(pk), f"{_short(url)} ({mailing})") for pk, url, mailing in rows[:MOST_CHOICES]]

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """As above, for whoever followed this link."""
        link = _links().filter(pk=row_id(values[0])).first()
        if link is None or _is_about_somebody(link.mailing_id):
            raise _unknown()
        # The mailing is named for the index.
        found = Q(Exists(_by_people(Heard.CLICKED).filter(mailing=link.mailing_id, link=link)))
        return _got(link.mailing_id) & ~found if operator == "is_not" else found


class OpensAndClicks:
    """All of them while the operator allows counting; none otherwise."""

    def members(self) -> Sequence[SegmentCondition]:
        """In the order of the builder (no query)."""
        return [OPENED, CLICKED, LINK_FOLLOWED] if settings.TRACKING else []


def _known(kind: Heard) -> QuerySet[Mailing]:
    """Mailings that were counted, and of which it is not forgotten yet."""
    counted = {"counts_opens": True} if kind == Heard.OPENED else {"counts_clicks": True}
    rows = Mailing.objects.filter(state__in=STARTED, **counted)
    # What had been noted is deleted when one of its lists becomes sensitive.
    return rows.exclude(ended_before(timezone.now() - KEPT)).exclude(lists__is_sensitive=True)


def _is_about_somebody(mailing: int) -> bool:
    """Of a mailing about a case that became sensitive, too, what had been noted is deleted."""
    urls = TrackedLink.objects.filter(mailing=mailing).values_list("url", flat=True)
    return any(map(counting.is_sensitive, urls))


def _links() -> QuerySet[TrackedLink]:
    return TrackedLink.objects.filter(mailing__in=_known(Heard.CLICKED))


def _by_people(kind: Heard) -> QuerySet[DeliveryEvent]:
    return DeliveryEvent.objects.filter(contact=OuterRef("pk"), kind=kind, by_machine=False)


def _got(mailing: int) -> Q:
    got = Delivery.objects.filter(contact=OuterRef("pk"), state=DeliveryState.ACCEPTED)
    return Q(Exists(got.filter(mailing=mailing)))


def _first_day(days: int) -> datetime:
    """The beginning of the UTC day so many days ago: of older events only the day is known."""
    if days > KEPT.days:
        raise SegmentRefused(
            "value",
            _("Who opened or clicked is kept for %(days)d days: ask for no more.")
            % {"days": KEPT.days},
        )
    return datetime.combine(since(days).astimezone(UTC), time.min, tzinfo=UTC)


def _unknown() -> SegmentRefused:
    return SegmentRefused(
        "value",
        _("It is not known who did: it was not counted, or it is longer ago than %(days)d days.")
        % {"days": KEPT.days},
    )


def _short(url: str) -> str:
    return Truncator(url.partition("://")[2]).chars(LONGEST_LINK)


OPENED = OfMailings(
    "opened",
    Heard.OPENED,
    {
        "is": Question(gettext_lazy("has opened …"), (Takes.CHOICE,)),
        "is_not": Question(gettext_lazy("has got … and not opened it"), (Takes.CHOICE,)),
        "within": Question(gettext_lazy("has opened a mailing in the last … days"), (Takes.DAYS,)),
        "not_within": Question(
            gettext_lazy("has opened no mailing in the last … days"), (Takes.DAYS,)
        ),
    },
)
CLICKED = OfMailings(
    "clicked",
    Heard.CLICKED,
    {
        "is": Question(gettext_lazy("has followed a link in …"), (Takes.CHOICE,)),
        "is_not": Question(gettext_lazy("has got … and followed no link in it"), (Takes.CHOICE,)),
        "within": Question(gettext_lazy("has followed a link in the last … days"), (Takes.DAYS,)),
        "not_within": Question(
            gettext_lazy("has followed no link in the last … days"), (Takes.DAYS,)
        ),
    },
)
LINK_FOLLOWED = LinkFollowed()
OPENS_AND_CLICKS = OpensAndClicks()
