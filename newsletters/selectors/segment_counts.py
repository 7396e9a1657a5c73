"""How many people a segment is, and who some of them are, within the time a page has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from newsletters.errors import TookTooLong
from newsletters.models import Contact
from newsletters.selectors.patience import at_most
from newsletters.selectors.segments import people

# While somebody changes a condition …
QUICK_S = 0.9
# … when the page asks a second time, in the background …
PATIENT_S = 20.0
SAMPLE = 10


@dataclass(frozen=True)
class Count:
    """How many; None while nobody knows. ``seconds`` is what was waited at most."""

    people: int | None
    seconds: float

    @property
    def is_final(self) -> bool:
        """A longer wait would not be offered."""
        return self.people is not None or self.seconds >= PATIENT_S


def count(rule: Mapping[str, Any], *, seconds: float = QUICK_S) -> Count:
    """How many answer to ``rule``, if that is known in time. Raises SegmentRefused."""
    asked = people(rule)
    try:
        with at_most(seconds):
            return Count(asked.count(), seconds)
    except TookTooLong:
        return Count(None, seconds)


def sample(rule: Mapping[str, Any], *, seconds: float = QUICK_S) -> list[Contact] | None:
    """The ten who came last of those who answer to ``rule``; None when that takes too long."""
    asked = people(rule).order_by("-pk")
    try:
        with at_most(seconds):
            return list(asked[:SAMPLE])
    except TookTooLong:
        return None
