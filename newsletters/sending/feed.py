"""What a connection works through: the rows of one claim, in order, as finished envelopes."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from newsletters.errors import NewsletterError
from newsletters.models import Delivery
from newsletters.sending.claims import Taken
from newsletters.sending.journal import Journal
from newsletters.sending.marks import Mark
from newsletters.sending.replies import Fate, Outcome

log = structlog.get_logger("newsletters.sending")

# A frozen process that wakes must not send on a lease that may be over (claims.LEASE is 120 s).
SAFE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Envelope:
    """One mail ready to be handed over."""

    delivery: int
    sender: str
    address: str
    # CRLF lines, no line beginning with a dot, ends with CRLF.
    message: bytes
    needs_smtputf8: bool = False


Make = Callable[[Taken, Delivery], Envelope]


class Feed:
    """One claim while it is being worked through. Lives in the engine's event loop."""

    def __init__(
        self, taken: Taken, journal: Journal, make: Make, mark: Callable[[Mark], None]
    ) -> None:
        self.claim = taken.claim
        self.mailing = taken.mailing
        self._taken = taken
        self._rows = deque(taken.rows)
        self._journal = journal
        self._make = make
        self._mark = mark
        self._skipped: set[int] = set()
        self._halted = False
        self._safe_until = time.monotonic() + SAFE_SECONDS
        self.accepted = 0

    @property
    def is_done(self) -> bool:
        """True when nothing more may be taken from this feed."""
        return self._halted or not self._rows

    def next(self) -> Envelope | None:
        """The next envelope, or None when there is none or the feed was halted.

        A row whose text cannot be made is skipped with that reason; the rest goes on.
        """
        while self._rows and not self._halted:
            if time.monotonic() > self._safe_until:
                self.halt()
                return None
            row = self._rows.popleft()
            if row.pk in self._skipped:
                continue
            try:
                return self._make(self._taken, row)
            except (NewsletterError, LookupError, ValueError) as error:
                log.warning("render_failed", delivery=row.pk, reason=type(error).__name__)
                self._mark(Mark(self.claim, row.pk, Outcome(Fate.UNRENDERED, "", str(error))))
        return None

    def begin(self, envelope: Envelope) -> bool:
        """The text is about to be sent. False when the lease may be over: then it must not be."""
        if time.monotonic() > self._safe_until:
            self.halt()
            return False
        self._journal.begin(self.claim, envelope.delivery)
        return True

    def done(self, envelope: Envelope, outcome: Outcome) -> None:
        """What became of an envelope; recorded in the journal now and in the database soon."""
        self._journal.end(self.claim, envelope.delivery, outcome.fate, outcome.code)
        if outcome.fate is Fate.ACCEPTED:
            self.accepted += 1
        self._mark(Mark(self.claim, envelope.delivery, outcome))

    def skip(self, deliveries: set[int]) -> None:
        """These rows were skipped in the database; do not send them."""
        self._skipped |= deliveries

    def halt(self) -> None:
        """Stop after the envelope that is being handed over (pause, cancel, fence, shutdown)."""
        self._halted = True

    def renewed(self) -> None:
        """The lease was pushed on."""
        self._safe_until = time.monotonic() + SAFE_SECONDS
