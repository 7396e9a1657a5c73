"""What a connection works through: the rows of one claim, in order, as finished envelopes."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import structlog

from newsletters.errors import NewsletterError
from newsletters.sending.claims import Taken, clock
from newsletters.sending.due import Row
from newsletters.sending.journal import Journal
from newsletters.sending.marks import Mark
from newsletters.sending.pace import Pace
from newsletters.sending.replies import Fate, Outcome, Phase
from newsletters.sending.trouble import TransportTrouble

log = structlog.get_logger("newsletters.sending")

# A frozen process that wakes must not send on a lease that may be over (claims.LEASE is 120 s).
SAFE_SECONDS = 90.0


class Envelope(NamedTuple):
    """One mail ready to be handed over."""

    delivery: int
    sender: str
    address: str
    # CRLF lines, no line beginning with a dot, ends with CRLF.
    message: bytes
    # DKIM-Signature lines to stand before it where it leaves byte for byte as it is here.
    signature: bytes = b""
    needs_smtputf8: bool = False

    @property
    def domain(self) -> str:
        """Whose mail exchanger takes it in the end."""
        return self.address.rpartition("@")[2]


Make = Callable[[Taken, Row], Envelope]


class Feed:
    """One claim while it is being worked through. Lives in the engine's event loop."""

    def __init__(
        self,
        taken: Taken,
        journal: Journal,
        make: Make,
        mark: Callable[[Mark], None],
        pace: Pace | None = None,
    ) -> None:
        """Without a ``pace`` mails go as fast as they are taken."""
        self.claim = taken.claim
        self.mailing = taken.mailing
        self.accepted = 0
        self._taken = taken
        self._rows = deque(taken.rows)
        # Rows whose domain must wait, and until when nothing here may go.
        self._resting: dict[str, deque[Row]] = {}
        self._rests_until = 0.0
        self._pace = pace or Pace()
        self._journal = journal
        self._make = make
        self._mark = mark
        self._skipped: set[int] = set()
        self._halted = False
        self._safe_until = taken.asked_at + SAFE_SECONDS
        # The deliveries whose texts are out, and since when.
        self._out: dict[int, float] = {}
        # Since when the pace counts them as under way, and when the relay was last heard of.
        self._opened: dict[int, float] = {}
        self._heard_at = 0.0

    @property
    def is_done(self) -> bool:
        """True when nothing more may be taken from this feed."""
        return self._halted or not (self._rows or self._resting)

    @property
    def left(self) -> int:
        """How many rows have not been taken yet."""
        return len(self._rows) + sum(len(rows) for rows in self._resting.values())

    @property
    def rest(self) -> float:
        """For how many seconds nothing of this feed may go, because all of it must wait."""
        return max(0.0, self._rests_until - clock())

    @property
    def waits(self) -> float:
        """For how many seconds the relay has owed an answer to a text."""
        return clock() - min(self._out.values()) if self._out else 0.0

    def next(self) -> Envelope | None:
        """The next envelope, or None when there is none or the feed was halted.

        A row whose text cannot be made is skipped with that reason; the rest goes on.
        """
        while self._may_go_on() and (row := self._pick()) is not None:
            if row.pk in self._skipped:
                self._pace.let_go(row.domain)
                continue
            try:
                envelope = self._make(self._taken, row)
            except (NewsletterError, LookupError, ValueError) as error:
                log.warning("render_failed", delivery=row.pk, reason=type(error).__name__)
                self._pace.let_go(row.domain)
                self._record(row.pk, Outcome(Fate.UNRENDERED, "", str(error)))
                continue
            now = self._opened[row.pk] = clock()
            self._pace.take(row.domain, now)
            return envelope
        return None

    def _pick(self) -> Row | None:
        """The next row whose time has come; those that must wait are kept aside, by domain."""
        now = clock()
        rest = self._pace.all.wait(now)
        if not rest:
            for domain, rows in self._resting.items():
                if not self._pace.wait(domain, now):
                    row = rows.popleft()
                    if not rows:
                        del self._resting[domain]
                    return row
            while self._rows:
                row = self._rows.popleft()
                if not self._pace.wait(row.domain, now):
                    return row
                self._resting.setdefault(row.domain, deque()).append(row)
            rest = min((self._pace.wait(domain, now) for domain in self._resting), default=0.0)
        self._rests_until = now + rest
        return None

    def begin(self, envelope: Envelope) -> bool:
        """The text is about to be sent. False: it must not be (halted, skipped, lease maybe over).

        Raises TransportTrouble when the journal cannot be written: without it nothing is sent.
        """
        if not self._may_go_on() or envelope.delivery in self._skipped:
            return False
        self._note([envelope.delivery])
        return True

    def begin_all(self, envelopes: list[Envelope]) -> list[Envelope]:
        """The texts of these are about to be sent in one call, which is one unit of doubt.

        Returns those that may go: none when halted, and nobody who was skipped
        meanwhile. Each of them must then be answered for with ``done``. Raises
        TransportTrouble as ``begin`` does.
        """
        may = self._may_go_on()
        going: list[Envelope] = []
        for envelope in envelopes:
            if may and envelope.delivery not in self._skipped:
                going.append(envelope)
            else:
                self._opened.pop(envelope.delivery, None)
                self._pace.leave(envelope.domain)
        if going:
            self._note([envelope.delivery for envelope in going])
        return going

    def done(self, envelope: Envelope, outcome: Outcome) -> None:
        """What became of an envelope; recorded in the journal now and in the database soon."""
        self._out.pop(envelope.delivery, None)
        now = clock()
        # What was opened behind another text has not waited for its own answer before.
        since = max(self._opened.pop(envelope.delivery, now), self._heard_at)
        self._heard_at = now
        self._pace.answered(envelope.domain, outcome, now, now - since)
        if outcome.fate is Fate.ACCEPTED:
            self.accepted += 1
        self._record(envelope.delivery, outcome)
        try:
            self._journal.end(self.claim, envelope.delivery, outcome.fate, outcome.code)
        except OSError:
            # The database still hears of it; the next mail will not be begun.
            log.warning("journal_full", claim=self.claim)

    def skip(self, deliveries: set[int]) -> None:
        """These rows were skipped in the database; do not send them."""
        self._skipped |= deliveries

    def halt(self) -> None:
        """Begin no other text (pause, cancel, fence): what waits behind this one stays here."""
        self._halted = True

    def finish(self) -> None:
        """Take no more rows, but send what the relay was told of (shutdown, end of slice)."""
        for row in (*self._rows, *(row for rows in self._resting.values() for row in rows)):
            self._pace.let_go(row.domain)
        self._rows.clear()
        self._resting.clear()

    def renewed(self, asked_at: float) -> None:
        """The lease was pushed on, asked for at ``asked_at`` (``clock()``)."""
        self._safe_until = asked_at + SAFE_SECONDS

    def _note(self, deliveries: list[int]) -> None:
        try:
            self._journal.begin(self.claim, *deliveries)
        except OSError as error:
            raise TransportTrouble(Phase.DATA, f"no journal: {error.strerror}") from error
        now = clock()
        for delivery in deliveries:
            self._out[delivery] = now

    def _may_go_on(self) -> bool:
        if clock() > self._safe_until:
            self.halt()
        return not self._halted

    def _record(self, delivery: int, outcome: Outcome) -> None:
        self._mark(Mark(self.claim, delivery, outcome))
