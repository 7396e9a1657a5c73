"""Segments: a rule is data, validated against known conditions and compiled to fixed look-ups.

A rule is ``{"all": [node, …]}`` or ``{"any": [node, …]}`` or
``{"condition": name, "operator": name, "value": text}``; the empty rule means everybody.
"""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from newsletters.errors import SegmentRefused
from newsletters.ports import SegmentCondition, conditions

MAX_DEPTH = 5
MAX_CONDITIONS = 20


def compile_rule(rule: Any) -> Q:
    """The Q on Contact that ``rule`` means. Raises SegmentRefused with a sentence for staff."""
    if rule in ({}, None):
        return Q()
    counter = [0]
    return _node(rule, 1, counter)


def describe(rule: Any) -> str:
    """The rule in words: "Petition: has not signed Free the … and Language: is Russian"."""
    if not rule:
        return _("everybody on the lists")
    return _words(rule)


def question(condition: SegmentCondition, operator: str) -> str:
    """One condition without its value in words: "Petition: has not signed"."""
    return f"{condition.label}: {condition.operators[operator]}"


def _node(node: Any, depth: int, counter: list[int]) -> Q:
    if not isinstance(node, dict):
        raise SegmentRefused("shape", _("A part of this segment is not a condition."))
    if depth > MAX_DEPTH:
        raise SegmentRefused("depth", _("This segment is nested too deeply: five levels at most."))
    if set(node) == {"all"} or set(node) == {"any"}:
        return _group(node, depth, counter)
    if set(node) != {"condition", "operator", "value"}:
        raise SegmentRefused("shape", _("A part of this segment is not a condition."))
    counter[0] += 1
    if counter[0] > MAX_CONDITIONS:
        raise SegmentRefused("size", _("A segment may have twenty conditions at most."))
    condition = conditions().get(str(node["condition"]))
    if condition is None:
        raise SegmentRefused("condition", _("A condition of this segment no longer exists."))
    if node["operator"] not in condition.operators:
        raise SegmentRefused("operator", _("Choose how the condition is meant."))
    return condition.compile(str(node["operator"]), str(node["value"]))


def _group(node: dict[str, Any], depth: int, counter: list[int]) -> Q:
    joiner, parts = next(iter(node.items()))
    if not isinstance(parts, list):
        raise SegmentRefused("shape", _("A part of this segment is not a condition."))
    joined = Q()
    for part in parts:
        compiled = _node(part, depth + 1, counter)
        joined = joined & compiled if joiner == "all" else joined | compiled
    return joined


def _words(node: dict[str, Any]) -> str:
    for joiner, word in (("all", _("and")), ("any", _("or"))):
        if joiner in node:
            return f" {word} ".join(_words(part) for part in node[joiner])
    condition = conditions()[node["condition"]]
    value = dict(condition.choices()).get(node["value"], node["value"])
    return f"{question(condition, node['operator'])} {value}"
