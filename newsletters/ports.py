"""What the apps above teach newsletters: Protocols they implement and settings list by path."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol, runtime_checkable

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string


class Takes(StrEnum):
    """What a question asks for, and as what its condition gets it."""

    # One of the condition's choices, as text.
    CHOICE = "choice"
    # Some of them, as the rest of the values. Only the last thing a question takes.
    SEVERAL = "several"
    # One line, not empty.
    TEXT = "text"
    # int or float.
    NUMBER = "number"
    # datetime.date
    DATE = "date"
    # A number of days from 1, as int.
    DAYS = "days"


@dataclass(frozen=True)
class Question:
    """One thing a condition can ask. Each "…" in ``words`` stands for what it takes there.

    ``words`` go on after "somebody who": "joined … in the last … days".
    """

    words: Any
    takes: tuple[Takes, ...] = ()


class SegmentCondition(Protocol):
    """Questions about one side of a person that a segment may ask."""

    # Stable name stored in the rule: "signed_petition".
    name: str
    # What staff find the questions under: "Petitions".
    label: Any
    # Stable name of an operator → what it asks.
    operators: dict[str, Question]

    def choices(self) -> Sequence[tuple[str, str]]:
        """The values staff may pick, as (value, words). At most a few hundred."""

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """A Q on Contact with fixed look-ups, true or false of everybody, never unknown.

        ``operator`` is one of ours and ``values`` are read as it says. Raises
        SegmentRefused for a choice that is none.
        """


@runtime_checkable
class ConditionFamily(Protocol):
    """Conditions that rows of the database bring, one for each custom field."""

    def members(self) -> Sequence[SegmentCondition]:
        """All of them at this moment, in their order (one query)."""


@dataclass(frozen=True)
class DigestItem:
    """One thing that is new. ``key`` names it for ever: "article:12"."""

    key: str
    title: str
    url: str
    summary: str
    language: str
    topics: list[str] = field(default_factory=list)
    published_at: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The form that is frozen in an issue."""
        return asdict(self)


class DigestSection(Protocol):
    """A source of items for digests."""

    # Stable name frozen in an issue: "articles".
    name: str
    # What readers see above these items when an issue has several sections.
    label: Any

    def items(self, since: datetime, until: datetime) -> list[DigestItem]:
        """What became public in ``[since, until)``, newest first, at most 50."""


class RefusalListener(Protocol):
    """Hears that a mail of ours met "no such mailbox"."""

    def mailbox_missing(self, delivery: int, kind: str, address: str, code: str) -> None:
        """Called in the transaction that records the refusal; must not raise, must not be slow."""


@lru_cache(maxsize=1)
def refusal_listeners() -> list[RefusalListener]:
    """All refusal listeners in the order of the settings."""
    return [import_string(path) for path in settings.NEWSLETTERS_REFUSAL_LISTENERS]


class SensitiveSubjects(Protocol):
    """Knows which public pages are about people at risk: who reads about them is not noted."""

    def is_sensitive(self, path: str) -> bool:
        """True when the page at this path of our site is about one of them.

        ``path`` is percent-decoded and may be anything.
        """


@lru_cache(maxsize=1)
def sensitive_subjects() -> list[SensitiveSubjects]:
    """All who know of some, in the order of the settings."""
    return [import_string(path) for path in settings.NEWSLETTERS_SENSITIVE_SUBJECTS]


@dataclass(frozen=True)
class Rule:
    """How long one kind of data is kept. ``what`` and ``kept`` are read by staff."""

    # Stable name: "signatures_unconfirmed".
    name: str
    what: Any
    kept: Any
    # How many rows would go now; changes nothing.
    due: Callable[[], int]
    # Removes what is past its time, in chunks; returns how many rows were touched.
    forget: Callable[[], int]


class Forgetter(Protocol):
    """Removes personal data of an app above when its time is over."""

    name: str

    def rules(self) -> Sequence[Rule]:
        """Its periods."""


@lru_cache(maxsize=1)
def forgetters() -> list[Forgetter]:
    """All forgetters in the order of the settings."""
    return [import_string(path) for path in settings.NEWSLETTERS_FORGETTERS]


@dataclass(frozen=True)
class Moment:
    """Something that happened with a person. ``url`` leads staff to it."""

    at: datetime
    words: str
    url: str = ""


class PersonalData(Protocol):
    """What an app above holds about people, found by the keys of all their addresses."""

    # Stable name: "signatures".
    name: str
    # What people read: "Signatures".
    label: Any

    def moments(self, keys: Sequence[str]) -> list[Moment]:
        """The newest fifty things that happened, newest first."""

    def held(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        """Everything that is held, row by row, ready for JSON, under words people understand."""

    def erase(self, keys: Sequence[str]) -> int:
        """Remove what names the person, as the app's policy says; returns how many rows.

        Runs in the caller's transaction; a second call changes nothing.
        """


@lru_cache(maxsize=1)
def personal_data() -> list[PersonalData]:
    """All holders of personal data in the order of the settings."""
    return [import_string(path) for path in settings.NEWSLETTERS_PERSONAL_DATA]


def conditions() -> dict[str, SegmentCondition]:
    """All segment conditions by name, in the order of the settings, families at their place."""
    found: list[SegmentCondition] = []
    for plug in _condition_plugs():
        found += plug.members() if isinstance(plug, ConditionFamily) else [plug]
    return {condition.name: condition for condition in found}


@lru_cache(maxsize=1)
def _condition_plugs() -> list[SegmentCondition | ConditionFamily]:
    return [import_string(path) for path in settings.NEWSLETTERS_CONDITIONS]


@lru_cache(maxsize=1)
def sections() -> list[DigestSection]:
    """All digest sections in the order of the settings."""
    return [import_string(path) for path in settings.NEWSLETTERS_SECTIONS]
