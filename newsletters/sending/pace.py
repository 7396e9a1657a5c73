"""The pace of one transport in this process: for all mail, and for single receiving domains.

A domain that asks to slow down is slowed alone; when several ask at once it is
the relay that means it. A domain nobody has had an answer from, or one that
lets us wait, takes at most a quarter of the connections.
"""

from collections import deque
from collections.abc import Iterable

from newsletters.sending.replies import Fate, Outcome
from newsletters.sending.tempo import Recently, Tempo
from newsletters.services.paces import Lesson

# Name of the pace that holds for every receiver.
EVERYBODY = "*"
# So much of a slowed domain's mail is taken up ahead; the rest is put off in the database.
HORIZON_SECONDS = 5.0
# So many domains asking within so many seconds are the relay asking.
JAM_DOMAINS = 4
JAM_SECONDS = 10.0
# A domain that let us wait so long the last time keeps to its share for a while, if others
# have answered quickly meanwhile.
TARPIT_SECONDS = 1.0
TARPIT_REST = 600.0
QUICK_REST = 60.0
CROWD_WAIT = 0.05
CROWD_ROWS = 50
CROWD_REST = 30.0
MOST_KNOWN = 20_000


class Pace:
    """When which mail may go. Lives in one event loop; ``now`` is ``claims.clock()``."""

    def __init__(self, *, by_domain: bool = True) -> None:
        """Not ``by_domain`` where somebody else paces the receivers, as a provider does."""
        self.all = Tempo()
        self._by_domain = by_domain
        self._share = 1
        self._recently = Recently()
        self._domains: dict[str, Tempo] = {}
        self._reasons: dict[str, str] = {}
        # Receiving domains with mails out, those that have answered, and those that are slow.
        self._out: dict[str, int] = {}
        self._known: set[str] = set()
        self._slow: dict[str, float] = {}
        # When anybody answered quickly last: where nobody does, it is the relay, and no domain.
        self._quick_at = float("-inf")
        # Rows of slowed or slow domains that are in this process.
        self._held: dict[str, int] = {}
        self._asked: deque[tuple[float, str]] = deque(maxlen=JAM_DOMAINS * 4)
        self._news: set[str] = set()

    def begin(self, connections: int) -> None:
        """A turn with so many connections: nothing is under way, what was learned stays."""
        self._share = max(1, connections // 4)
        self._out.clear()
        self._held.clear()

    # -- asked by a feed ----------------------------------------------------------------
    def wait(self, domain: str, now: float) -> float:
        """Seconds until a mail to ``domain`` may go as far as this domain is concerned."""
        if not self._by_domain:
            return 0.0
        if self._out.get(domain, 0) >= self._share and self._is_shy(domain, now):
            return CROWD_WAIT
        tempo = self._domains.get(domain)
        return tempo.wait(now) if tempo else 0.0

    def take(self, domain: str, now: float) -> None:
        """A mail to ``domain`` goes now."""
        self.all.take(now)
        self._out[domain] = self._out.get(domain, 0) + 1
        tempo = self._domains.get(domain)
        if tempo:
            tempo.take(now)

    def answered(self, domain: str, outcome: Outcome, now: float, waited: float) -> None:
        """What became of a mail that ``take`` was called for, ``waited`` seconds later."""
        self.leave(domain)
        if waited > TARPIT_SECONDS:
            self._slow[domain] = now + TARPIT_REST
        else:
            # One hiccup makes no tarpit.
            self._slow.pop(domain, None)
            self._quick_at = now
        if len(self._known) < MOST_KNOWN:
            self._known.add(domain)
        if outcome.fate is Fate.ACCEPTED:
            self._accepted(domain, now)
        elif outcome.fate is Fate.SLOWED:
            self._slowed(domain, outcome, now)

    def leave(self, domain: str) -> None:
        """A mail that ``take`` was called for is not under way any more."""
        out = self._out.pop(domain, 1) - 1
        if out:
            self._out[domain] = out
        self.let_go(domain)

    def let_go(self, domain: str) -> None:
        """A row that ``surplus`` let pass has left this process, one way or the other."""
        if domain in self._held:
            self._held[domain] = max(0, self._held[domain] - 1)

    # -- asked by the engine --------------------------------------------------------------
    def surplus(self, domains: Iterable[str], now: float) -> dict[int, float]:
        """Which of the rows just claimed are too many for now: place → seconds to put it off."""
        found: dict[int, float] = {}
        if not self._by_domain or not (self._domains or self._slow):
            return found
        for place, domain in enumerate(domains):
            rest = self._rest(domain, now)
            if rest > 0:
                found[place] = rest
            elif domain in self._domains or domain in self._slow:
                self._held[domain] = self._held.get(domain, 0) + 1
        return found

    def news(self) -> list[Lesson]:
        """What was learned since the last call."""
        news, self._news = self._news, set()
        return [
            Lesson(domain, tempo.learned if tempo else None, self._reasons.get(domain, ""))
            for domain in sorted(news)
            for tempo in [self._tempo(domain)]
        ]

    def remember(self, lessons: list[Lesson]) -> None:
        """Begin with what is known; what is not among it (any more) was forgotten by somebody."""
        known = {lesson.domain: lesson for lesson in lessons if lesson.per_second}
        everybody = known.get(EVERYBODY)
        if everybody is None or self.all.learned is None:
            self.all.learned = everybody.per_second if everybody else None
        self._domains = {
            domain: self._domains.get(domain) or Tempo(learned=lesson.per_second)
            for domain, lesson in known.items()
            if domain != EVERYBODY
        }
        self._reasons = {domain: lesson.reason for domain, lesson in known.items()}

    # -- inside -----------------------------------------------------------------------------
    def _is_shy(self, domain: str, now: float) -> bool:
        if domain not in self._slow:
            return domain not in self._known and len(self._known) < MOST_KNOWN
        return self._is_tarpit(domain, now)

    def _is_tarpit(self, domain: str, now: float) -> bool:
        return self._slow.get(domain, 0.0) > now and now - self._quick_at < QUICK_REST

    def _rest(self, domain: str, now: float) -> float:
        tempo, held = self._domains.get(domain), self._held.get(domain, 0)
        if tempo and tempo.rate and held >= max(1, tempo.rate * HORIZON_SECONDS):
            return max(1.0, tempo.plan(now, HORIZON_SECONDS))
        if held >= CROWD_ROWS and self._is_tarpit(domain, now):
            return CROWD_REST
        return 0.0

    def _accepted(self, domain: str, now: float) -> None:
        self._recently.note(domain, now)
        self.all.accepted(now)
        tempo = self._domains.get(domain)
        if tempo is None:
            return
        tempo.accepted(now)
        if tempo.learned is None:
            self._forget(domain)

    def _slowed(self, domain: str, outcome: Outcome, now: float) -> None:
        """One domain means itself; before a recipient, or for one after another, the relay does."""
        if not outcome.for_everybody:
            self._asked.append((now, domain))
        lately = {name for at, name in self._asked if at > now - JAM_SECONDS}
        if outcome.for_everybody or len(lately) >= JAM_DOMAINS:
            for name in lately:
                self._forget(name)
            self._asked.clear()
            changed, name = self.all.slowed(now, self._recently.total(now)), EVERYBODY
        else:
            tempo = self._domains.setdefault(domain, Tempo())
            changed, name = tempo.slowed(now, self._recently.rate(domain, now)), domain
        if changed:
            self._reasons[name] = f"{outcome.code} {outcome.text}".strip()[:200]
            self._news.add(name)

    def _forget(self, domain: str) -> None:
        if self._domains.pop(domain, None):
            self._held.pop(domain, None)
            self._news.add(domain)

    def _tempo(self, domain: str) -> Tempo | None:
        return self.all if domain == EVERYBODY else self._domains.get(domain)
