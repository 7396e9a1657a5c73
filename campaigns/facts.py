"""Facts in a model letter that stay true: {days_held}, {name} and {place}. Pure.

They are filled in on the day the letter is read, so a letter shown in a month
does not say "four months" for a year.
"""

import difflib
import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.errors import FactRefused

FACTS = {
    "days_held": gettext_lazy("days the person has been held"),
    "name": gettext_lazy("the person's name"),
    "place": gettext_lazy("the place of detention"),
}
_BRACED = re.compile(r"\{([^{}\n]{0,60})\}")


@dataclass(frozen=True)
class Facts:
    """What is known of a person today; ``days_held`` is None when no day is known."""

    name: str
    place: str
    days_held: int | None

    def value(self, fact: str) -> str:
        """The words that stand for ``fact``; empty when it is not known."""
        value = {"name": self.name, "place": self.place, "days_held": self.days_held}[fact]
        return "" if value is None else str(value)


def days_held(detained_on: date | None, ended_on: date | None, today: date) -> int | None:
    """Whole days from the arrest to the end or ``today``; None when the day is unknown or ahead."""
    if detained_on is None:
        return None
    days = (min(ended_on or today, today) - detained_on).days
    return days if days >= 0 else None


def used(text: str) -> set[str]:
    """The known facts that stand in ``text``."""
    return {match for match in _BRACED.findall(text) if match in FACTS}


def check(text: str) -> None:
    """Raise FactRefused when ``text`` asks for a fact we do not know, or holds a lone brace."""
    for asked in _BRACED.findall(text):
        if asked not in FACTS:
            raise FactRefused("unknown", _unknown(asked))
    rest = _BRACED.sub("", text)
    if "{" in rest or "}" in rest:
        raise FactRefused(
            "brace",
            _("There is a single { or }. Facts are written like this: {days_held}."),
        )


def fill(text: str, facts: Facts) -> str:
    """``text`` with its facts in words. What is not one of our facts stays as it is."""
    return _BRACED.sub(lambda match: facts.value(match[1]) if match[1] in FACTS else match[0], text)


def _unknown(asked: str) -> str:
    near = difflib.get_close_matches(asked, FACTS, n=1)
    if near:
        return _("There is no fact {%(asked)s}. Did you mean {%(near)s}?") % {
            "asked": asked,
            "near": near[0],
        }
    known = ", ".join(f"{{{fact}}}" for fact in FACTS)
    return _("There is no fact {%(asked)s}. You can use %(known)s.") % {
        "asked": asked,
        "known": known,
    }
