"""The rules of an import once more, for one person and in Python, for a test to compare with."""

from dataclasses import dataclass, field
from typing import Any

from newsletters.states import ContactState, SubscriptionState


@dataclass(frozen=True)
class Known:
    """The person as we know her, and how she is found."""

    values: dict[str, str]
    attributes: dict[str, Any]
    state: str = ContactState.REACHABLE
    # On the chosen list: a SubscriptionState, or nothing.
    subscription: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Said:
    """What the row says. An empty text or None asks for emptying."""

    values: dict[str, str]
    attributes: dict[str, Any]
    tags: tuple[str, ...] = ()
    agreed: bool = True


@dataclass(frozen=True)
class Decision:
    """What becomes of her."""

    outcome: str
    values: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    joins: bool = False


def decide(said: Said, known: Known | None, *, suppressed: bool, policy: str) -> Decision:
    """What an import into a list does to this person."""
    if suppressed or (known and known.state != ContactState.REACHABLE):
        return Decision("suppressed")
    if known is None:
        values = {name: value for name, value in said.values.items() if value}
        attributes = {key: value for key, value in said.attributes.items() if value is not None}
        return Decision("created", values, attributes, frozenset(said.tags), said.agreed)
    if known.subscription == SubscriptionState.UNSUBSCRIBED:
        return Decision("unsubscribed")
    if policy == "keep":
        return Decision("unchanged")
    values = {
        name: value
        for name, value in said.values.items()
        if value != known.values.get(name, "")
        and (policy == "overwrite" or not known.values.get(name))
    }
    attributes = {
        key: value
        for key, value in said.attributes.items()
        if value != known.attributes.get(key)
        and (policy == "overwrite" or known.attributes.get(key) in (None, "", []))
    }
    if policy == "fill":
        values = {name: value for name, value in values.items() if value}
        attributes = {key: value for key, value in attributes.items() if value is not None}
    tags = frozenset(said.tags) - known.tags
    joins = said.agreed and not known.subscription
    changes = values or attributes or tags or joins
    outcome = "updated" if changes else "unchanged"
    return Decision(outcome, values, attributes, tags, bool(joins))
