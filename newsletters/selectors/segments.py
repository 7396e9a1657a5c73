"""Segments: a rule is data, validated against known conditions and compiled to fixed look-ups.

A rule is ``{"all": [rule, …]}`` or ``{"any": [rule, …]}`` or ``{"not": rule}`` or
``{"condition": name, "operator": name, "value": text or list of texts}``; the empty
rule means everybody. Groups nest five deep.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from newsletters.errors import SegmentRefused
from newsletters.models import Contact, Mailing, Segment
from newsletters.ports import SegmentCondition, conditions
from newsletters.selectors import custom_fields, segment_values, segment_words
from newsletters.selectors.segment_values import misshapen, values_of
from newsletters.states import MailingState

MAX_DEPTH = 5
MAX_CONDITIONS = 20
# Mailings that still follow the segment, or were promised with it.
PLANNED = (MailingState.DRAFT, MailingState.APPROVED, MailingState.SCHEDULED)


def compile_rule(rule: Any) -> Q:
    """The Q on Contact that ``rule`` means. Raises SegmentRefused with a sentence for staff.

    What passes here is safe to store: it holds nothing but known names and clean texts.
    """
    if rule is None or rule in ({}, {"all": []}):
        return Q()
    return _Compiler(conditions()).node(rule, 1)


def compile_condition(node: dict[str, Any], known: Mapping[str, SegmentCondition]) -> Q:
    """One condition alone. Raises SegmentRefused."""
    return _Compiler(known).condition(node)


def people(rule: Any) -> QuerySet[Contact]:
    """Everybody who answers to ``rule``, whether or not mail reaches them. SegmentRefused."""
    return Contact.objects.filter(compile_rule(rule))


def describe(rule: Any) -> str:
    """The rule in words that go on after "somebody who". Answers whatever was stored."""
    return segment_words.describe(rule)


def saved() -> QuerySet[Segment]:
    """All saved segments by name."""
    return Segment.objects.order_by("name", "pk")


def planned_with(segment: Segment) -> QuerySet[Mailing]:
    """Mailings that are written or planned with this segment and have not begun."""
    return segment.mailings.filter(state__in=PLANNED).order_by("pk")


def _gone(name: Any) -> SegmentRefused:
    if name in segment_words.OPENS_AND_CLICKS:
        return SegmentRefused(
            "condition",
            _("This asks about opens or clicks, which are not counted here. Take it out."),
        )
    field = custom_fields.deleted().get(name) if isinstance(name, str) else ""
    if not field:
        return SegmentRefused("condition", _("A condition of this segment no longer exists."))
    return SegmentRefused(
        "condition",
        _("This asks about “%(field)s”, a field that was deleted. Take that condition out.")
        % {"field": field},
    )


class _Compiler:
    """Goes through one rule and counts its conditions."""

    def __init__(self, known: Mapping[str, SegmentCondition]) -> None:
        self._known = known
        self._conditions = 0

    def node(self, node: Any, depth: int) -> Q:
        if not isinstance(node, dict):
            raise misshapen()
        keys = set(node)
        if keys == {"not"}:
            return ~self._denied(node["not"], depth)
        if keys in ({"all"}, {"any"}):
            return self._group(node, depth)
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise SegmentRefused("size", _("A segment may have twenty conditions at most."))
        return self.condition(node)

    def condition(self, node: dict[str, Any]) -> Q:
        if set(node) != {"condition", "operator", "value"}:
            raise misshapen()
        name, operator = node["condition"], node["operator"]
        condition = self._known.get(name) if isinstance(name, str) else None
        if condition is None:
            raise _gone(name)
        question = condition.operators.get(operator) if isinstance(operator, str) else None
        if question is None:
            raise SegmentRefused("operator", _("Choose how the condition is meant."))
        return condition.compile(operator, segment_values.read(question, values_of(node)))

    def _denied(self, node: Any, depth: int) -> Q:
        """A "not" adds no level, and so there is none of a "not"."""
        if not isinstance(node, dict) or set(node) == {"not"}:
            raise misshapen()
        return self.node(node, depth)

    def _group(self, node: dict[str, Any], depth: int) -> Q:
        joiner, parts = next(iter(node.items()))
        if depth > MAX_DEPTH:
            raise SegmentRefused(
                "depth", _("This segment is nested too deeply: five levels at most.")
            )
        if not isinstance(parts, list):
            raise misshapen()
        if not parts:
            raise SegmentRefused("empty", _("A group of this segment has no condition."))
        joined = Q()
        for part in parts:
            compiled = self.node(part, depth + 1)
            joined = joined & compiled if joiner == "all" else joined | compiled
        return joined
