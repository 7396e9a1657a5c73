"""How fast mail may go: a rate that was given, or learned from being asked to slow down.

Pure: every call says what time it is (seconds of any clock that goes on).
"""

import math
from collections import Counter, deque
from dataclasses import dataclass

# A rate just learned is a little under what was taken; then it is raised slowly again.
UNDER = 0.97
RAISED_A_MINUTE = 0.10
# Whatever is refused within this time was on its way when we were asked to slow down.
SAME_JAM_SECONDS = 1.0
SLOWEST = 0.05
# Raised to so many times the rate at which it was asked for, a limit is over.
OVER = 8.0
# Being called late must not cost what could have gone meanwhile.
LATE_SECONDS = 0.2
# Somebody asks for slots as soon as there are none.
ASK_SECONDS = 0.01


class Recently:
    """How many mails a second each receiver has taken lately: in its best second, or over a minute.

    The best of the last two seconds is what a relay allows that fills up evenly;
    the minute is what one allows that counts by the minute and has said no since.
    """

    def __init__(self) -> None:
        self._second = Slices(1.0)
        self._minute = Slices(60.0)

    def note(self, receiver: str, now: float) -> None:
        """It took one more."""
        self._second.note(receiver, now)
        self._minute.note(receiver, now)

    def rate(self, receiver: str, now: float) -> float:
        """Its mails a second."""
        this, last = self._second.counts(now)
        minute = sum(counts[receiver] for counts in self._minute.counts(now))
        return max(this[receiver], last[receiver], minute / self._minute.length(now))

    def total(self, now: float) -> float:
        """Mails a second taken by all of them."""
        this, last = self._second.counts(now)
        minute = sum(counts.total() for counts in self._minute.counts(now))
        return max(this.total(), last.total(), minute / self._minute.length(now))


class Slices:
    """What was counted in this slice of time and in the one before."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._this: Counter[str] = Counter()
        self._last: Counter[str] = Counter()
        self._began = self._last_began = float("-inf")

    def note(self, receiver: str, now: float) -> None:
        """Count one more."""
        if now - self._began >= self._seconds:
            self._turn(now)
        self._this[receiver] += 1

    def counts(self, now: float) -> tuple[Counter[str], Counter[str]]:
        """This slice and the last one, up to ``now``."""
        if now - self._began >= self._seconds:
            self._turn(now)
        return self._this, self._last

    def length(self, now: float) -> float:
        """How many seconds both are long; at least one whole slice."""
        return max(self._seconds, now - self._last_began)

    def _turn(self, now: float) -> None:
        is_gap = now - self._began >= 2 * self._seconds
        self._last, self._last_began = (Counter(), now) if is_gap else (self._this, self._began)
        self._this, self._began = Counter(), now


@dataclass(slots=True)
class Share:
    """Slots of a shared limit: from when on, how many are left, and until when they are good."""

    begin: float
    left: int
    until: float


class Tempo:
    """Slots in time at a rate. Without a rate there is always one.

    A limit is shared with others: under it only the slots that were handed to us are ours.
    """

    def __init__(self, limit: float | None = None, learned: float | None = None) -> None:
        """``limit`` was given to all, ``learned`` may be remembered; mails a second."""
        self.limit = limit
        self.learned = learned
        self._shares: deque[Share] = deque()
        self._ask_at = float("-inf")
        self._asked_at_rate = learned or 0.0
        self._slot = 0.0
        self._planned = 0.0
        self._slowed_at = float("-inf")
        self._raised_at = float("-inf")

    @property
    def rate(self) -> float | None:
        """Mails a second, or None: as fast as they are taken."""
        if self.limit is None or self.learned is None:
            return self.limit if self.learned is None else self.learned
        return min(self.limit, self.learned)

    def wait(self, now: float) -> float:
        """Seconds until the next slot, or until more can be asked for; 0 when there is one."""
        if self.limit is None:
            return max(0.0, self._slot - now) if self.rate else 0.0
        share = self._share(now)
        if share is None:
            return max(ASK_SECONDS, self._ask_at - now)
        return max(0.0, max(self._slot, share.begin) - now)

    def take(self, now: float) -> None:
        """Use a slot."""
        if rate := self.rate:
            slot = max(self._slot, now - LATE_SECONDS)
            if share := self._share(now):
                share.left -= 1
                slot = max(slot, share.begin)
            self._slot = slot + 1 / rate

    def lacks(self, wanted: int, ahead: float, now: float) -> int:
        """How many slots of the shared limit to ask for now, if ``wanted`` mails are to go.

        0 as long as those we have last for ``ahead`` seconds; never more than a second's worth.
        """
        if not (rate := self.rate) or self.limit is None or now < self._ask_at:
            return 0
        self._share(now)
        ours = sum(share.left for share in self._shares)
        return 0 if ours > rate * ahead else max(0, min(wanted - ours, math.ceil(rate)))

    def hand(self, slots: int, begin: float) -> None:
        """``slots`` of the shared limit are ours from ``begin`` on; none: ask again then."""
        if slots and (rate := self.rate):
            self._shares.append(Share(begin, slots, begin + slots / rate + LATE_SECONDS))
        else:
            self._ask_at = begin

    def _share(self, now: float) -> "Share | None":
        """The slots to use next; those whose time has passed are lost."""
        while self._shares and (not self._shares[0].left or self._shares[0].until <= now):
            self._shares.popleft()
        return self._shares[0] if self._shares else None

    def plan(self, now: float, horizon: float) -> float:
        """Seconds from now on after which one more mail may be taken up, given ``horizon`` ahead.

        Each call plans another mail behind the last one.
        """
        if not (rate := self.rate):
            return 0.0
        self._planned = max(self._planned, now + horizon) + 1 / rate
        return self._planned - now - horizon

    def accepted(self, now: float) -> None:
        """A mail was taken; a learned rate is raised by a tenth for every clean minute."""
        if self.learned is None or now - self._raised_at < 1.0:
            return
        minutes = (now - self._raised_at) / 60 if self._raised_at > self._slowed_at else 0.0
        self.learned *= (1 + RAISED_A_MINUTE) ** min(minutes, 1.0)
        self._raised_at = now
        if self.learned > OVER * self._asked_at_rate:
            self.learned = None

    def is_jammed(self, now: float) -> bool:
        """Whether we were asked to slow down a moment ago, so that what is refused is no news."""
        return now - self._slowed_at < 2 * SAME_JAM_SECONDS

    def slowed(self, now: float, seen: float) -> bool:
        """We were asked to slow down, with ``seen`` mails a second taken. True when lowered."""
        if now - self._slowed_at < SAME_JAM_SECONDS:
            return False
        if self.learned is not None:
            seen = max(min(seen, self.learned), self.learned / 2)
        self.learned = max(seen * UNDER, SLOWEST)
        self._asked_at_rate = self.learned
        self._slowed_at = self._raised_at = now
        return True
