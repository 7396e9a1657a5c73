"""The breaker of a mailing: when the relay refuses its text, the rest is not thrown after it."""

from collections import defaultdict, deque

from newsletters.sending.replies import Fate, Outcome

WINDOW = 500
# More than a tenth of the window refused for policy or content, which no person is to blame for.
MOST_REFUSED = WINDOW // 10


class Breaker:
    """Remembers the last answers of each mailing in this process."""

    def __init__(self) -> None:
        self._answers: dict[int, deque[bool]] = defaultdict(lambda: deque(maxlen=WINDOW))
        self._tripped: set[int] = set()

    def note(self, mailing: int, outcome: Outcome) -> bool:
        """Take in one answer; True when it was one too many and the mailing must stop.

        A mailbox that does not exist says nothing against the text.
        """
        if outcome.fate not in {Fate.ACCEPTED, Fate.REFUSED}:
            return False
        answers = self._answers[mailing]
        answers.append(outcome.fate is Fate.REFUSED and not outcome.mailbox_missing)
        if not answers[-1] or sum(answers) <= MOST_REFUSED:
            return False
        self._tripped.add(mailing)
        answers.clear()
        return True

    def tripped(self) -> set[int]:
        """Mailings to pause now; each is named once."""
        tripped, self._tripped = self._tripped, set()
        return tripped
