"""A segment's rule in words: "is on Letters and has not signed Free Mira Osk"."""

from collections.abc import Sequence
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from newsletters.errors import SegmentRefused
from newsletters.ports import Question, SegmentCondition, Takes, conditions
from newsletters.selectors import custom_fields, segment_values
from newsletters.selectors.segment_values import values_of

# Stands in a question's words for what it takes.
GAP = "…"
# Conditions that nobody can answer once the operator has switched counting off.
OPENS_AND_CLICKS = ("opened", "clicked", "clicked_link")


class Vocabulary:
    """The conditions of this moment; each is asked for its choices once."""

    def __init__(self) -> None:
        """Asks which conditions there are."""
        self.conditions: dict[str, SegmentCondition] = conditions()
        self._choices: dict[str, dict[str, str]] = {}
        self._deleted: dict[str, str] | None = None

    def question(self, name: str, operator: str) -> Question | None:
        """What is asked; None when it no longer exists."""
        condition = self.conditions.get(name)
        return condition.operators.get(operator) if condition else None

    def choices(self, name: str) -> dict[str, str]:
        """Value → words of what the condition offers."""
        if name not in self._choices:
            self._choices[name] = dict(self.conditions[name].choices())
        return self._choices[name]

    def deleted(self, name: str) -> str:
        """What the field was called that ``name`` asked about; empty when it was none of ours."""
        if self._deleted is None:
            self._deleted = custom_fields.deleted()
        return self._deleted.get(name, "")


def describe(rule: Any, vocabulary: Vocabulary | None = None) -> str:
    """The rule in words that go on after "somebody who". Answers whatever was stored."""
    if not rule:
        return _("is in the address book")
    return _words(rule, vocabulary or Vocabulary(), is_outermost=True)


def missing(name: str, vocabulary: Vocabulary) -> str:
    """A condition that cannot be asked any more, in words that go on after "somebody who"."""
    if name in OPENS_AND_CLICKS:
        return _("answers to a question about opens or clicks, which are not counted here")
    if field := vocabulary.deleted(name):
        return _("answers to a question about “%(field)s”, a field that was deleted") % {
            "field": field
        }
    return _unknown()


def _words(node: Any, vocabulary: Vocabulary, *, is_outermost: bool = False) -> str:
    if not isinstance(node, dict):
        return _unknown()
    if "not" in node:
        return _("not (%(words)s)") % {"words": _words(node["not"], vocabulary, is_outermost=True)}
    for joiner, word in (("all", _("and")), ("any", _("or"))):
        if isinstance(parts := node.get(joiner), list):
            joined = f" {word} ".join(_words(part, vocabulary) for part in parts)
            return joined if is_outermost or len(parts) == 1 else f"({joined})"
    return _condition(node, vocabulary)


def _condition(node: dict[str, Any], vocabulary: Vocabulary) -> str:
    name = str(node.get("condition"))
    question = vocabulary.question(name, str(node.get("operator")))
    try:
        values = values_of(node)
    except SegmentRefused:
        return _unknown()
    if question is None:
        return missing(name, vocabulary)
    return _filled(question, _shown(question, values, name, vocabulary))


def _shown(
    question: Question, values: Sequence[str], name: str, vocabulary: Vocabulary
) -> list[str]:
    """One text for each gap."""
    shown = []
    for number, takes in enumerate(question.takes):
        own = values[number:] if takes == Takes.SEVERAL else values[number : number + 1]
        shown.append(", ".join(_value(takes, value, name, vocabulary) for value in own))
    return shown


def _value(takes: Takes, value: str, name: str, vocabulary: Vocabulary) -> str:
    if takes in (Takes.CHOICE, Takes.SEVERAL):
        return vocabulary.choices(name).get(value) or _("something that is no longer there")
    if takes == Takes.DATE:
        try:
            [day] = segment_values.read(Question("", (takes,)), [value])
        except SegmentRefused:
            return value
        return date_format(day, "j F Y")
    return value


def _filled(question: Question, shown: list[str]) -> str:
    pieces = str(question.words).split(GAP)
    gaps = [*(text or GAP for text in shown), ""]
    return "".join(piece + gap for piece, gap in zip(pieces, gaps, strict=False))


def _unknown() -> str:
    return _("answers to a condition that no longer exists")
