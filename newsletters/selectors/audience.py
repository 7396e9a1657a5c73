"""Who gets a mailing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

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


def people(audience: Audience) -> QuerySet[Contact]:
    """Everybody who may be written to now, each once. Raises SegmentRefused for a broken rule.

    Active on one of the lists, on none of the excluded ones, reachable, not
    suppressed, and answering to the rule.
    """
    if not audience.lists:
        return Contact.objects.none()
    suppressed = Suppression.objects.filter(address_key=OuterRef("address_key"))
    found = Contact.objects.filter(
        Exists(on_lists(audience.lists)), state=ContactState.REACHABLE
    ).exclude(Exists(suppressed))
    if audience.excluded:
        found = found.exclude(Exists(on_lists(audience.excluded)))
    return found.filter(compile_rule(audience.rule))


def on_lists(lists: Iterable[int]) -> QuerySet[Subscription]:
    """Active subscriptions of the outer contact to any of ``lists``: for Exists and Subquery."""
    return Subscription.objects.filter(
        contact=OuterRef("pk"), mailing_list__in=tuple(lists), state=SubscriptionState.ACTIVE
    )


def count(audience: Audience) -> int:
    """How many people ``audience`` is at this moment (one query)."""
    return people(audience).count()
