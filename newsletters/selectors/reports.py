"""What became of a mailing, in numbers and names."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from newsletters.models import Delivery, Mailing, MailingVersion, Subscription
from newsletters.states import DeliveryState, SkipReason

RATE_WINDOW = timedelta(seconds=60)
MISSING = ("5.1.1", "5.1.2", "5.1.3", "5.1.10")
FULL = ("5.2.2", "4.2.2")

# Why a mail was refused: cause → words.
REFUSALS: dict[str, str | Promise] = {
    "mailbox": _("No such mailbox"),
    "full": _("The mailbox is full"),
    "provider": _("Refused by the mailbox’s provider"),
}


@dataclass(frozen=True)
class Cause:
    """One reason why people did not get it. ``key`` opens the list of them."""

    key: str
    words: str | Promise
    people: int


@dataclass(frozen=True)
class Progress:
    """Where a mailing stands at this moment."""

    counts: dict[DeliveryState, int]
    total: int
    last_minute: int
    retrying: int
    causes: list[Cause] = field(default_factory=list)

    def of(self, state: DeliveryState) -> int:
        """How many rows are in ``state``."""
        return self.counts.get(state, 0)

    @property
    def to_go(self) -> int:
        """Not yet decided, without the doubtful ones."""
        return self.of(DeliveryState.READY) + self.of(DeliveryState.CLAIMED)

    @property
    def unsure(self) -> int:
        """May or may not have arrived."""
        return self.of(DeliveryState.UNSURE)

    @property
    def rows(self) -> int:
        """The sum of all states."""
        return sum(self.counts.values())

    @property
    def is_proved(self) -> bool:
        """True while total = the sum of all states."""
        return self.rows == self.total

    @property
    def minutes_left(self) -> int | None:
        """At the speed of the last minute; None when nothing left in it."""
        if not self.last_minute or not self.to_go:
            return None
        return max(1, round(self.to_go / self.last_minute))


def progress(mailing: Mailing) -> Progress:
    """Counts by state, the speed, and the causes (four queries).

    Each is answered by an index alone or reads few rows, so that looking at a
    mailing to a million people does not hold up its sending.
    """
    rows = mailing.deliveries.order_by()
    counts = {
        DeliveryState(state): people
        for state, people in rows.values_list("state").annotate(people=Count("*"))
    }
    recent = rows.filter(
        state=DeliveryState.ACCEPTED, accepted_at__gte=timezone.now() - RATE_WINDOW
    )
    retried = rows.filter(state=DeliveryState.READY, last_code__gt="")
    # While the list is being made there is no total yet: what stands is what there is.
    total = mailing.total if mailing.started_at else sum(counts.values())
    return Progress(counts, total, recent.count(), retried.count(), _causes(rows))


def people(mailing: Mailing, state: DeliveryState | None, cause: str) -> QuerySet[Delivery]:
    """Rows of one state or one cause with their contact and version, for a page or a download."""
    rows = mailing.deliveries.select_related("contact", "version").order_by("pk")
    if cause in REFUSALS:
        return rows.filter(_refused_for(cause))
    if cause in SkipReason.values:
        return rows.filter(state=DeliveryState.SKIPPED, reason=cause)
    return rows if state is None else rows.filter(state=state)


def left_since(mailing: Mailing) -> int:
    """How many left the list that reached them after they got this mail (one query).

    Asked from the side of those who left: they are few.
    """
    if mailing.started_at is None:
        return 0
    got = mailing.deliveries.filter(
        contact=OuterRef("contact"),
        mailing_list=OuterRef("mailing_list"),
        state=DeliveryState.ACCEPTED,
        accepted_at__lte=OuterRef("unsubscribed_at"),
    )
    left = Subscription.objects.filter(unsubscribed_at__gte=mailing.started_at)
    return left.filter(Exists(got)).count()


def versions(mailing: Mailing) -> list[tuple[MailingVersion, int]]:
    """Every version with the number of people who got it (two queries)."""
    found = list(mailing.versions.order_by("number"))
    accepted = mailing.deliveries.filter(state=DeliveryState.ACCEPTED).order_by()
    if len(found) == 1:
        # An index alone tells; which version it was, only the rows know.
        return [(found[0], accepted.count())]
    got = dict(accepted.values_list("version").annotate(people=Count("*")))
    return [(row, got.get(row.pk, 0)) for row in found]


def unsure(mailing: Mailing) -> QuerySet[Delivery]:
    """Rows whose mail may or may not have arrived."""
    return (
        mailing.deliveries.filter(state=DeliveryState.UNSURE)
        .select_related("contact")
        .order_by("due_at", "pk")
    )


def next_repeat(mailing: Mailing) -> datetime | None:
    """When the first unsure row is sent again unless somebody decides otherwise."""
    row = unsure(mailing).filter(doubts__lte=1).first()
    return row.due_at if row else None


def _cause(state: int, reason: str, code: str) -> str:
    if state == DeliveryState.SKIPPED:
        return reason
    if code.endswith(MISSING):
        return "mailbox"
    return "full" if code.endswith(FULL) else "provider"


def _refused_for(cause: str) -> Q:
    refused = Q(state=DeliveryState.REFUSED)
    missing, full = _ends_with(MISSING), _ends_with(FULL)
    if cause == "mailbox":
        return refused & missing
    return refused & full if cause == "full" else refused & ~missing & ~full


def _ends_with(endings: Iterable[str]) -> Q:
    found = Q()
    for ending in endings:
        found |= Q(last_code__endswith=ending)
    return found


def _causes(rows: QuerySet[Delivery]) -> list[Cause]:
    groups = (
        rows.filter(state__in=(DeliveryState.REFUSED, DeliveryState.SKIPPED))
        .values_list("state", "reason", "last_code")
        .annotate(people=Count("*"))
    )
    found: Counter[str] = Counter()
    for state, reason, code, people in groups:
        found[_cause(state, reason, code)] += people
    words = {**REFUSALS, **{reason.value: reason.label for reason in SkipReason}}
    return [Cause(key, words.get(key, key), people) for key, people in found.most_common()]
