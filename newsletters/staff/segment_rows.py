"""A segment as parts of a form: conditions in groups, each with a number of its own on the page.

Every part sends ``node`` = "number:depth:question" in the order of the page, so that
the tree is read back without a script; values come as ``value-number-place``. What was
sent and cannot be read stands on the page as a condition that does not exist, so that a
rule is never saved that asks for less than was sent.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from newsletters.errors import SegmentRefused
from newsletters.ports import Takes
from newsletters.selectors.segment_values import values_of
from newsletters.selectors.segment_words import GAP, Vocabulary, describe, missing
from newsletters.selectors.segments import MAX_CONDITIONS, compile_condition

GROUP = "group"
JOINERS = ("all", "any", "none", "not_all")
# Groups inside groups, so that with its conditions a segment is five levels deep.
MAX_GROUPS_DEEP = 4
# Far more parts than a segment may have.
MAX_PARTS = 100
MAX_VALUES = 300
# Sent with every form of ours.
USUAL = frozenset({"csrfmiddlewaretoken", "do", "patient", "node"})
_OF_A_PART = re.compile(r"(?:joiner|new|value|has)-([0-9]{1,3})(?:-[0-9]{1,3})?")


@dataclass(frozen=True)
class Option:
    """One value to choose."""

    value: str
    words: str
    is_chosen: bool


@dataclass(frozen=True)
class Input:
    """What a question asks for at one of its gaps."""

    takes: Takes
    # Words in front of it.
    before: str
    values: list[str]
    options: list[Option] = field(default_factory=list)

    @property
    def value(self) -> str:
        """The only value, where there is one at most."""
        return self.values[0] if self.values else ""


@dataclass
class Row:
    """One condition. ``key`` is "condition.operator"."""

    key: str
    values: list[str]
    words: str = ""
    inputs: list[Input] = field(default_factory=list)
    # Words behind the last input.
    after: str = ""
    error: str = ""
    number: int = 0
    depth: int = 0
    # The keyboard goes on here after a button.
    has_focus: bool = False

    def as_data(self) -> dict[str, Any]:
        """As it is stored."""
        name, _dot, operator = self.key.partition(".")
        value = self.values[0] if len(self.values) == 1 else self.values
        return {"condition": name, "operator": operator, "value": value}


@dataclass
class Group:
    """Parts joined by "all", "any", "none" or "not all" of them."""

    joiner: str = "all"
    parts: list["Row | Group"] = field(default_factory=list)
    number: int = 0
    depth: int = 0
    has_focus: bool = False

    @property
    def is_group(self) -> bool:
        """For templates."""
        return True

    @property
    def may_nest(self) -> bool:
        """Another group may stand inside."""
        return self.depth + 1 < MAX_GROUPS_DEEP

    def as_data(self) -> dict[str, Any]:
        """As it is stored; empty when nothing is asked."""
        parts = [data for part in self.parts if (data := part.as_data())]
        if not parts:
            return {}
        joined = {"all" if self.joiner in {"all", "not_all"} else "any": parts}
        return {"not": joined} if self.joiner in {"none", "not_all"} else joined


@dataclass
class Rule:
    """The rule as the page shows it."""

    root: Group
    vocabulary: Vocabulary

    def as_data(self) -> dict[str, Any]:
        """The rule as it is stored; empty for everybody."""
        return self.root.as_data()

    @property
    def words(self) -> str:
        """The rule read back."""
        return describe(self.as_data(), self.vocabulary)

    @property
    def questions(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """(heading, [(key, words)]) of everything that can be asked."""
        found: dict[str, list[tuple[str, str]]] = {}
        for condition in self.vocabulary.conditions.values():
            asked = found.setdefault(str(condition.label), [])
            asked += [
                (f"{condition.name}.{operator}", str(question.words))
                for operator, question in condition.operators.items()
            ]
        return list(found.items())

    def rows(self) -> list[Row]:
        """Every condition, in the order of the page."""
        return [part for part in _walk(self.root) if isinstance(part, Row)]

    def wrong(self) -> list[Row]:
        """The conditions to be mended."""
        return [row for row in self.rows() if row.error]


def stored(rule: Any) -> Rule:
    """The parts of a stored rule."""
    root = _stored(rule) if rule else Group()
    if not isinstance(root, Group):
        root = Group(parts=[root])
    return _drawn(root, Vocabulary())


def posted(data: QueryDict, *, beside: Collection[str] = ()) -> Rule:
    """The parts as they were sent, with what the pressed button asks for done to them.

    ``beside``: the other fields of the form.
    """
    root = _sent(data)
    numbers = {str(part.number) for part in _walk(root)}
    if any(not _is_known(name, numbers) for name in data.keys() - USUAL - set(beside)):
        root.parts.append(_unreadable())
    vocabulary = Vocabulary()
    act, _colon, what = data.get("do", "").partition(":")
    target = {str(part.number): part for part in _walk(root)}.get(what)
    if act == "add" and isinstance(target, Group):
        _add(root, target, data.get(f"new-{what}", ""))
    if act == GROUP and isinstance(target, Group) and target.may_nest:
        joiner = "any" if target.joiner in {"all", "none"} else "all"
        target.parts.append(Group(joiner, has_focus=True))
    if act == "drop" and target is not None and target is not root:
        _drop(root, target)
    return _drawn(root, vocabulary, finds_errors=act not in {"add", GROUP, "drop"})


def _add(root: Group, group: Group, key: str) -> None:
    rows = sum(isinstance(part, Row) for part in _walk(root))
    if rows < MAX_CONDITIONS:
        group.parts.append(Row(key, [], has_focus=True))


def _drop(root: Group, target: Row | Group) -> None:
    for group in _walk(root):
        if isinstance(group, Group) and any(part is target for part in group.parts):
            group.parts = [part for part in group.parts if part is not target]
            group.has_focus = True
            return


def _is_known(name: str, numbers: Collection[str]) -> bool:
    """Whether a field of this name belongs to one of the parts that were sent."""
    found = _OF_A_PART.fullmatch(name)
    return found is not None and found[1] in numbers


def _unreadable() -> Row:
    """In the place of what was sent and is none of ours: the rule is refused while it stands."""
    return Row("", [], number=-1)


def _key(key: str) -> tuple[str, str]:
    name, _dot, operator = key.partition(".")
    return name, operator


def _walk(part: Row | Group) -> Iterator[Row | Group]:
    yield part
    if isinstance(part, Group):
        for inner in part.parts:
            yield from _walk(inner)


def _stored(node: Any) -> Row | Group:
    """What cannot be read becomes a condition that no longer exists: staff see it and decide."""
    if not isinstance(node, dict):
        return Row("", [])
    if "not" in node:
        inner = _stored(node["not"])
        if isinstance(inner, Row):
            return Group("none", [inner])
        flipped = {"all": "not_all", "any": "none", "none": "any", "not_all": "all"}
        return Group(flipped[inner.joiner], inner.parts)
    for joiner in ("all", "any"):
        if isinstance(parts := node.get(joiner), list):
            return Group(joiner, [_stored(part) for part in parts])
    try:
        values = values_of(node)
    except SegmentRefused:
        values = []
    return Row(f"{node.get('condition')}.{node.get('operator')}", values)


def _sent(data: QueryDict) -> Group:
    """The tree out of its parts in order; depths that cannot be are mended."""
    root = _group(data, "0")
    open_groups = [root]
    nodes = data.getlist("node")
    for sent in nodes[:MAX_PARTS]:
        number, depth, key = [*sent.split(":", 2), "", ""][:3]
        level = int(depth) if depth.isascii() and depth.isdecimal() and len(depth) < 3 else 1
        del open_groups[max(1, level) :]
        part = _part(data, number, key, may_nest=len(open_groups) < MAX_GROUPS_DEEP)
        open_groups[-1].parts.append(part)
        if isinstance(part, Group):
            open_groups.append(part)
    if len(nodes) > MAX_PARTS:
        root.parts.append(_unreadable())
    return root


def _part(data: QueryDict, number: str, key: str, *, may_nest: bool) -> Row | Group:
    is_number = number.isascii() and number.isdecimal() and len(number) < 4
    if not is_number or int(number) == 0 or (key == GROUP and not may_nest):
        return _unreadable()
    if key == GROUP:
        return _group(data, number)
    return Row(key, _values(data, number), number=int(number))


def _group(data: QueryDict, number: str) -> Group:
    joiner = data.get(f"joiner-{number}", "all")
    is_known = joiner in JOINERS
    parts: list[Row | Group] = [] if is_known else [_unreadable()]
    return Group(joiner if is_known else "all", parts, number=int(number))


def _values(data: QueryDict, number: str) -> list[str]:
    """Everything typed for a condition, gap by gap."""
    found: list[str] = []
    for place in range(MAX_VALUES):
        name = f"value-{number}-{place}"
        if name not in data and f"has-{number}-{place}" not in data:
            break
        found += data.getlist(name)
    return found[:MAX_VALUES]


def _drawn(root: Group, vocabulary: Vocabulary, *, finds_errors: bool = False) -> Rule:
    """With numbers, inputs and what is wrong."""
    numbers = count()
    _number(root, numbers, 0)
    rule = Rule(root, vocabulary)
    for row in rule.rows():
        _draw(row, vocabulary)
        if finds_errors:
            row.error = row.error or _wrong(row, vocabulary)
    return rule


def _number(part: Row | Group, numbers: Iterator[int], depth: int) -> None:
    part.number, part.depth = next(numbers), depth
    if isinstance(part, Group):
        for inner in part.parts:
            _number(inner, numbers, depth + 1)


def _draw(row: Row, vocabulary: Vocabulary) -> None:
    question = vocabulary.question(*_key(row.key))
    if question is None:
        row.words = missing(_key(row.key)[0], vocabulary)
        row.error = _("This cannot be asked. Take it out.")
        return
    row.words = str(question.words)
    *before, row.after = row.words.split(GAP)
    for place, (takes, words) in enumerate(zip(question.takes, before, strict=True)):
        own = row.values[place:] if takes == Takes.SEVERAL else row.values[place : place + 1]
        row.inputs.append(Input(takes, words.strip(), own, _options(row, takes, own, vocabulary)))


def _options(row: Row, takes: Takes, chosen: list[str], vocabulary: Vocabulary) -> list[Option]:
    """What can be chosen, and what was chosen once and is not offered any more."""
    if takes not in {Takes.CHOICE, Takes.SEVERAL}:
        return []
    offered = vocabulary.choices(row.key.partition(".")[0])
    gone = [value for value in chosen if value and value not in offered]
    options = [Option(value, words, value in chosen) for value, words in offered.items()]
    options += [Option(value, _("no longer offered"), True) for value in gone]
    if takes == Takes.SEVERAL:
        # What was chosen must not hide at the end of a long list.
        options.sort(key=lambda option: not option.is_chosen)
    return options


def _wrong(row: Row, vocabulary: Vocabulary) -> str:
    try:
        compile_condition(row.as_data(), vocabulary.conditions)
    except SegmentRefused as refused:
        return str(refused)
    return ""
