"""A segment as rows of a form: one question and one value each, joined by "all of" or "any of"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from newsletters.ports import conditions
from newsletters.selectors.segments import MAX_CONDITIONS, question


@dataclass(frozen=True)
class Row:
    """One condition. ``key`` is "condition.operator"."""

    key: str
    words: str
    value: str
    choices: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Rule:
    """The rule as the page shows it."""

    joiner: str
    rows: list[Row]
    # A rule of another shape, made elsewhere: kept until a new one is saved.
    other: dict[str, Any] | None = None

    def as_data(self) -> dict[str, Any]:
        """The rule as it is stored; empty for everybody."""
        if self.other is not None and not self.rows:
            return self.other
        parts = []
        for row in self.rows:
            condition, _dot, operator = row.key.partition(".")
            parts.append({"condition": condition, "operator": operator, "value": row.value})
        return {self.joiner: parts} if parts else {}


def questions() -> list[tuple[str, str]]:
    """(key, words) of everything that can be asked."""
    return [
        (f"{condition.name}.{operator}", question(condition, operator))
        for condition in conditions().values()
        for operator in condition.operators
    ]


def stored(rule: dict[str, Any]) -> Rule:
    """The rows of a stored rule."""
    joiner = "any" if "any" in rule else "all"
    parts = rule.get(joiner, [])
    keys = {key for key, _words in questions()}
    rows = [
        _row(f"{part.get('condition')}.{part.get('operator')}", str(part.get("value")))
        for part in parts
        if f"{part.get('condition')}.{part.get('operator')}" in keys
    ]
    if rule and (len(rows) != len(parts) or not rows):
        return Rule(joiner, [], rule)
    return Rule(joiner, rows)


def posted(data: QueryDict, before: dict[str, Any]) -> Rule:
    """The rows as they were sent, with what the pressed button asks for done to them."""
    keys = {key for key, _words in questions()}
    pairs = zip(data.getlist("question"), data.getlist("value"), strict=False)
    rows = [_row(key, value) for key, value in pairs if key in keys][:MAX_CONDITIONS]
    act, _colon, what = data.get("do", "").partition(":")
    new = data.get("new_question", "")
    if act == "add" and new in keys and len(rows) < MAX_CONDITIONS:
        rows.append(_row(new, ""))
    if act == "drop" and what.isdecimal() and int(what) < len(rows):
        del rows[int(what)]
    joiner = "any" if data.get("joiner") == "any" else "all"
    other = stored(before).other if data.get("keep") and not rows else None
    return Rule(joiner, rows, other)


def _row(key: str, value: str) -> Row:
    name, _dot, operator = key.partition(".")
    condition = conditions()[name]
    return Row(key, question(condition, operator), value, condition.choices())
