"""How many people a segment is, and who some of them are, within the time a page has."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import SystemRandom
from typing import Any

from django.db.models import Max, Min, QuerySet

from newsletters.errors import TookTooLong
from newsletters.models import Contact
from newsletters.selectors.patience import OF_FEW, at_most, plan_of, two_figures
from newsletters.selectors.segments import people

# While somebody changes a condition: counting, guessing and sampling have so long each …
QUICK_S = 0.5
# … when the page asks a second time, in the background …
PATIENT_S = 20.0
# In PostgreSQL's units: what costs more is not there in a moment, so it is not tried first.
MOMENT = 60_000
SAMPLE = 10
# A guess looks at forty stretches of fifty neighbours: few enough that indexes answer.
STRETCHES, STRETCH = 40, 50
# A guess from fewer hits is none.
FEWEST_HITS = 20
_random = SystemRandom()


@dataclass(frozen=True)
class Count:
    """How many; None while nobody knows. ``about`` is a guess, to two figures.

    ``seconds`` is what was waited for the exact number at most.
    """

    people: int | None
    seconds: float
    about: int | None = None

    @property
    def is_final(self) -> bool:
        """A longer wait would not be offered."""
        return self.people is not None or self.seconds >= PATIENT_S


def count(rule: Mapping[str, Any], *, seconds: float = QUICK_S) -> Count:
    """How many answer to ``rule``, if that is known in time. Raises SegmentRefused."""
    return count_of(people(rule), seconds=seconds)


def count_of(asked: QuerySet[Contact], *, seconds: float = QUICK_S) -> Count:
    """How many ``asked`` are, exactly if that is known in time, or else about how many."""
    is_heavy = seconds < PATIENT_S and _is_heavy(asked)
    try:
        if is_heavy and (about := guess(asked)):
            return Count(None, seconds, about)
        with at_most(seconds):
            return Count(asked.count(), seconds)
    except TookTooLong:
        return Count(None, seconds, None if is_heavy else _guess_in_time(asked))


def _guess_in_time(asked: QuerySet[Contact]) -> int | None:
    try:
        return guess(asked)
    except TookTooLong:
        return None


def _is_heavy(asked: QuerySet[Contact]) -> bool:
    plan = plan_of(asked.order_by().values("pk"))
    return plan is not None and plan.cost > MOMENT


def guess(asked: QuerySet[Contact]) -> int | None:
    """About how many ``asked`` are, from a few stretches of all ids; None when that says little.

    Raises TookTooLong.
    """
    with at_most(QUICK_S, plans=OF_FEW):
        ends = Contact.objects.aggregate(first=Min("pk"), last=Max("pk"))
        if ends["first"] is None:
            return None
        ids = range(ends["first"], ends["last"] + 1)
        begins = ids[:: max(STRETCH, len(ids) // 10_000)]
        chosen = _random.sample(begins, min(STRETCHES, len(begins)))
        stretches = (range(begin, min(begin + STRETCH, ids.stop)) for begin in chosen)
        looked_at = [pk for stretch in stretches for pk in stretch]
        hits = asked.filter(pk__in=looked_at).count()
    if hits < FEWEST_HITS:
        return None
    # Ids without anybody count as looked at, on both sides of the sum.
    return two_figures(hits * len(ids) / len(looked_at))


def sample(rule: Mapping[str, Any], *, seconds: float = QUICK_S) -> list[Contact] | None:
    """The ten who came last of those who answer to ``rule``; None when that takes too long."""
    asked = people(rule).order_by("-pk")
    try:
        with at_most(seconds):
            return list(asked[:SAMPLE])
    except TookTooLong:
        return None
