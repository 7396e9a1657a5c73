"""How a sink behaves, as data: what it offers, what it refuses, when it hangs up."""

import asyncio
import random
import time
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
    # How many sessions it makes wait now, and the most it ever did.
    waiting: int = 0
    most_waiting: int = 0

    async def wait(self) -> None:
        """Take ``delay`` seconds."""
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        try:
            await asyncio.sleep(self.delay)
        finally:
            self.waiting -= 1


@dataclass
class Limit:
    """At most ``per_second`` messages, to ``domain`` or to anybody; a second's worth at once.

    What is too much is refused at MAIL, or for a domain at RCPT; 421 hangs up as well.
    """

    per_second: float
    domain: str | None = None
    code: int = 451
    text: str = "4.7.1 too fast, slow down"
    taken: int = 0
    refused: int = 0

    def __post_init__(self) -> None:
        """Everything of the first second is there."""
        self._left = max(1.0, self.per_second)
        self._at = time.monotonic()

    def refuses(self) -> bool:
        """Whether one more message just now is too much; counts it either way."""
        now = time.monotonic()
        fresh = (now - self._at) * self.per_second
        self._left = min(max(1.0, self.per_second), self._left + fresh)
        self._at = now
        if self._left < 1:
            self.refused += 1
            return True
        self._left -= 1
        self.taken += 1
        return False


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
    limits: list[Limit] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The same seed gives the same luck."""
        self._luck = random.Random(self.seed)

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Script":
        """Build from a JSON object. Raises TypeError for a word it does not know."""
        rules = [Rule(**rule) for rule in data.get("rules", ())]
        limits = [Limit(**limit) for limit in data.get("limits", ())]
        return cls(**{**data, "rules": rules, "limits": limits})

    def limit(self, domain: str | None) -> Limit | None:
        """The first limit of ``domain``, or of the whole relay, that has been reached."""
        return next((x for x in self.limits if x.domain == domain and x.refuses()), None)

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
