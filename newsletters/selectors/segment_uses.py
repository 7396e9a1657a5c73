"""Which saved segments, and which mailings that have not left, ask a certain question."""

from collections.abc import Collection, Iterator
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


def asking_for(condition: str, values: Collection[str]) -> list[str]:
    """What they are called, of both, whose rule names one of these values with this condition."""
    asking = _asking(condition)
    return [name for name, rule in asking if not _named(rule, condition).isdisjoint(values)]


def asked_for(condition: str) -> set[str]:
    """The values that rules of both name with this condition."""
    return {value for _name, rule in _asking(condition) for value in _named(rule, condition)}


def asks(rule: Any, condition: str) -> bool:
    """Whether ``rule`` has this condition anywhere. Answers whatever was stored."""
    return any(_nodes(rule, condition))


def _asking(condition: str) -> Iterator[tuple[str, Any]]:
    for segment in segments_asking(condition):
        yield str(segment), segment.rule
    for mailing in _mailings(condition, MailingState.DRAFT, *SETTLED):
        yield str(mailing), mailing.audience_rule


def _named(rule: Any, condition: str) -> set[str]:
    values = [node.get("value") for node in _nodes(rule, condition)]
    return {
        part
        for value in values
        for part in (value if isinstance(value, list) else [value])
        if isinstance(part, str)
    }


def _nodes(rule: Any, condition: str) -> Iterator[dict[str, Any]]:
    if isinstance(rule, list):
        for part in rule:
            yield from _nodes(part, condition)
    elif isinstance(rule, dict):
        if rule.get("condition") == condition:
            yield rule
        for joiner in ("all", "any", "not"):
            yield from _nodes(rule.get(joiner), condition)


def _mailings(condition: str, *states: MailingState) -> Iterator[Mailing]:
    # Once its list is made, nobody is asked for by the rule again.
    open_ = Mailing.objects.filter(state__in=states, started_at=None).exclude(audience_rule={})
    rows = open_.order_by("pk").only("name", "state", "audience_rule")
    return (row for row in rows.iterator() if asks(row.audience_rule, condition))
