"""How a sink behaves, as data: what it offers, what it refuses, when it hangs up."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Phase = Literal["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "dot"]


@dataclass
class Rule:
    """At ``phase`` (for a recipient at ``domain``, else for anybody) do something else than 250.

    ``drop``: "before" hangs up instead of replying, "after" hangs up behind the
    reply. At the dot, "before" forgets the message; "after" keeps and records
    it but says nothing: the client cannot know.
    ``delay`` is in seconds, at the dot between recording and replying, where a
    kill hurts most; ``times`` is how often the rule may fire.
    """

    phase: Phase
    code: int | None = None
    text: str = "by script"
    domain: str | None = None
    probability: float = 1.0
    drop: Literal["before", "after"] | None = None
    delay: float = 0.0
    times: int | None = None


@dataclass
class Script:
    """Everything a sink can be told. ``Script.parse`` reads the JSON form."""

    pipelining: bool = True
    eightbitmime: bool = True
    smtputf8: bool = False
    tls: Literal["none", "starttls", "required", "implicit"] = "none"
    user: str = ""
    password: str = ""
    messages_per_session: int | None = None
    messages_per_second: int | None = None
    seed: int = 0
    rules: list[Rule] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The same seed gives the same luck."""
        self._luck = random.Random(self.seed)

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Script":
        """Build from a JSON object. Raises TypeError for a word it does not know."""
        rules = [Rule(**rule) for rule in data.get("rules", ())]
        return cls(**{**data, "rules": rules})

    def fire(self, phase: Phase, domains: Iterable[str] = ()) -> Rule | None:
        """The first rule for ``phase`` and one of ``domains`` that has its chance now."""
        wanted = {None, *domains}
        for rule in self.rules:
            if rule.phase != phase or rule.domain not in wanted or rule.times == 0:
                continue
            if self._luck.random() < rule.probability:
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return None
