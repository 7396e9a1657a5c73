"""Which saved segments, and which mailings that have not left, ask a certain question."""

from collections.abc import Iterator
from typing import Any

from newsletters.models import Mailing, Segment
from newsletters.states import MailingState

# Their rule is settled; who gets them is found out later, or is being found out.
SETTLED = (
    MailingState.APPROVED,
    MailingState.SCHEDULED,
    MailingState.EXPANDING,
    MailingState.PAUSED,
)


def segments_asking(condition: str) -> list[Segment]:
    """Saved segments with this condition, by name."""
    saved = Segment.objects.order_by("name", "pk")
    return [row for row in saved.iterator() if asks(row.rule, condition)]


def drafts_asking(condition: str) -> list[Mailing]:
    """Mailings being written with this condition, whose people can still be chosen anew."""
    return list(_mailings(condition, MailingState.DRAFT))


def settled_asking(condition: str) -> list[Mailing]:
    """Mailings that were approved with this condition and whose list is not made yet."""
    return list(_mailings(condition, *SETTLED))


def asks(rule: Any, condition: str) -> bool:
    """Whether ``rule`` has this condition anywhere. Answers whatever was stored."""
    if isinstance(rule, list):
        return any(asks(part, condition) for part in rule)
    if not isinstance(rule, dict):
        return False
    if rule.get("condition") == condition:
        return True
    return any(asks(rule.get(joiner), condition) for joiner in ("all", "any", "not"))


def _mailings(condition: str, *states: MailingState) -> Iterator[Mailing]:
    # Once its list is made, nobody is asked for by the rule again.
    open_ = Mailing.objects.filter(state__in=states, started_at=None).exclude(audience_rule={})
    rows = open_.order_by("pk").only("name", "state", "audience_rule")
    return (row for row in rows.iterator() if asks(row.audience_rule, condition))
