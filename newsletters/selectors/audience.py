"""Who gets a mailing."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.utils import timezone

from newsletters.models import Contact, Mailing, Subscription, Suppression
from newsletters.selectors.segments import compile_rule
from newsletters.states import ContactState, SubscriptionState


@dataclass(frozen=True)
class Audience:
    """Ids of the lists written to and of those left out, and the segment's rule."""

    lists: tuple[int, ...]
    excluded: tuple[int, ...] = ()
    rule: dict[str, Any] = field(default_factory=dict)


def of(mailing: Mailing) -> Audience:
    """The audience as it stands on the mailing now (two queries)."""
    return Audience(
        lists=tuple(mailing.lists.order_by("pk").values_list("pk", flat=True)),
        excluded=tuple(mailing.excluded_lists.order_by("pk").values_list("pk", flat=True)),
        rule=mailing.audience_rule,
    )


def people(audience: Audience, between: tuple[int, int] | None = None) -> QuerySet[Contact]:
    """Everybody who may be written to now, each once. Raises SegmentRefused for a broken rule.

    Active on one of the lists, on none of the excluded ones, reachable, not
    suppressed, not in a pause of her own, and answering to the rule. ``between``
    asks only for contacts behind its first id, up to and with its second.
    """
    if not audience.lists:
        return Contact.objects.none()
    suppressed = Suppression.objects.filter(address_key=OuterRef("address_key"))
    found = Contact.objects.filter(
        Exists(_on_lists(audience.lists, between)), state=ContactState.REACHABLE
    ).exclude(Exists(suppressed))
    found = found.filter(Q(paused_until=None) | Q(paused_until__lte=_today()))
    if audience.excluded:
        found = found.exclude(Exists(_on_lists(audience.excluded, between)))
    if between:
        found = found.filter(pk__gt=between[0], pk__lte=between[1])
    return found.filter(compile_rule(audience.rule))


def end_of_stretch(audience: Audience, *, behind: int, size: int) -> int | None:
    """The last contact of a stretch behind contact ``behind``; None when nobody is left.

    At most ``size`` members of the lists lie in it, or one of each list where there are
    more lists than that. One look into an index for each list, however many people there are.
    """
    share = max(1, size // max(1, len(audience.lists)))
    ends: list[int] = []
    all_of_it: list[int] = []
    for mailing_list in audience.lists:
        members = _active((mailing_list,)).filter(contact__gt=behind).order_by("contact")
        found = members[:share].aggregate(last=Max("contact"), people=Count("pk"))
        if found["people"] == share:
            ends.append(found["last"])
        elif found["people"]:
            # This list ends within the stretch, and does not say where the stretch ends.
            all_of_it.append(found["last"])
    return min(ends) if ends else max(all_of_it, default=None)


def reached_by(lists: tuple[int, ...]) -> Combinable:
    """Which of ``lists`` the outer contact is on, as a column: the oldest of them."""
    if len(lists) == 1:
        return Value(lists[0])
    return Subquery(_on_lists(lists).order_by("mailing_list").values("mailing_list")[:1])


def pause_of(contact: Contact) -> date | None:
    """The day her pause ends (UTC), while it lasts."""
    day = contact.paused_until
    return day if day and day > _today() else None


def _today() -> date:
    return timezone.now().date()


def _on_lists(
    lists: tuple[int, ...], between: tuple[int, int] | None = None
) -> QuerySet[Subscription]:
    """Active subscriptions of the outer contact to any of ``lists``: for Exists and Subquery.

    ``between`` says again what is known of the contact: neither engine sees it by
    itself, and would read every list from its beginning.
    """
    found = _active(lists).filter(contact=OuterRef("pk"))
    return found.filter(contact__gt=between[0], contact__lte=between[1]) if between else found


def _active(lists: tuple[int, ...]) -> QuerySet[Subscription]:
    return Subscription.objects.filter(mailing_list__in=lists, state=SubscriptionState.ACTIVE)
