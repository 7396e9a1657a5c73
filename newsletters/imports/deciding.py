"""What an import may do to one person. Nothing here can raise a consent: only the person can."""

from dataclasses import dataclass, field
from enum import StrEnum

from newsletters.imports.cleaning import Person
from newsletters.states import SubscriptionState


class Outcome(StrEnum):
    """What becomes of a row. Refused and duplicate rows never come as far as a decision."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SUPPRESSED = "suppressed"
    UNSUBSCRIBED = "unsubscribed"
    REFUSED = "refused"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Known:
    """The person as we know her."""

    values: dict[str, str]
    reachable: bool = True
    # On the chosen list: a SubscriptionState, or nothing.
    subscription: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Terms:
    """What staff chose for the whole import. ``policy`` is a value of models.ImportPolicy."""

    policy: str
    joins_list: bool


@dataclass(frozen=True)
class Decision:
    """What to write: field → new value, tags to add, whether she joins the list."""

    outcome: Outcome
    changes: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    joins: bool = False


def decide(person: Person, known: Known | None, *, suppressed: bool, terms: Terms) -> Decision:
    """What the import does to this person.

    Suppressed, bounced, erased: nothing. Left the list: nothing. Waiting for
    confirmation: stays waiting. An empty cell never erases. Tags are only added.
    """
    if suppressed or (known and not known.reachable):
        return Decision(Outcome.SUPPRESSED)
    wants_list = terms.joins_list and person.agreed
    if known is None:
        return Decision(Outcome.CREATED, person.values, tuple(person.tags), wants_list)
    if known.subscription == SubscriptionState.UNSUBSCRIBED:
        return Decision(Outcome.UNSUBSCRIBED)
    if terms.policy == "keep":
        return Decision(Outcome.UNCHANGED)
    changes = {
        name: value
        for name, value in person.values.items()
        if value != known.values[name] and (terms.policy == "overwrite" or not known.values[name])
    }
    tags = tuple(tag for tag in person.tags if tag not in known.tags)
    joins = wants_list and not known.subscription
    outcome = Outcome.UPDATED if changes or tags or joins else Outcome.UNCHANGED
    return Decision(outcome, changes, tags, joins)
