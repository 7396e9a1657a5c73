"""The breaker of a mailing: when its text is at fault, the rest is not thrown after it."""

from collections import defaultdict, deque

from newsletters.sending.replies import Fate, Outcome

WINDOW = 500
# More than a tenth of the window refused for policy or content, which no person is to blame for;
# more than a hundredth whose text could not be made.
MOST = {Fate.REFUSED: WINDOW // 10, Fate.UNRENDERED: WINDOW // 100}
COUNTED = {Fate.ACCEPTED, *MOST}


class Breaker:
    """Remembers what became of the last mails of each mailing in this process."""

    def __init__(self) -> None:
        self._last: dict[int, deque[Fate]] = defaultdict(lambda: deque(maxlen=WINDOW))
        self._tripped: dict[int, Fate] = {}

    def note(self, mailing: int, outcome: Outcome) -> bool:
        """Take in one outcome; True when it was one too many and the mailing must stop.

        A mailbox that does not exist says nothing against the text.
        """
        if mailing in self._tripped or outcome.fate not in COUNTED:
            return mailing in self._tripped
        fate = Fate.ACCEPTED if outcome.mailbox_missing else outcome.fate
        last = self._last[mailing]
        last.append(fate)
        if fate is Fate.ACCEPTED or last.count(fate) <= MOST[fate]:
            return False
        self._tripped[mailing] = fate
        last.clear()
        return True

    def tripped(self) -> dict[int, Fate]:
        """Mailings to pause now, and for which fate; each is named once."""
        tripped, self._tripped = self._tripped, {}
        return tripped
