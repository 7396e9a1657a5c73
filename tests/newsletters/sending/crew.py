"""One connection of one worker, step by step: real claims, feed, journal and marks, no network."""

import os

from newsletters.sending import claims, marks
from newsletters.sending.claims import Owner, Taken, clock
from newsletters.sending.feed import SAFE_SECONDS, Envelope, Feed
from newsletters.sending.journal import Journal
from newsletters.sending.marks import Mark
from newsletters.sending.replies import Outcome
from newsletters.states import Lane


class Connection:
    """What ``engine.Engine`` does over one connection, step by step, so that any may be the last.

    The caller plays the relay: ``out`` is the mail whose text is being sent,
    ``heard`` whether the relay has taken it, and ``answer`` brings its reply.
    """

    def __init__(self) -> None:
        self.journal = Journal()
        self.owner = Owner(self.journal.worker, self.journal.host)
        self.feed: Feed | None = None
        self.marks: list[Mark] = []
        self.out: Envelope | None = None
        self.heard = False
        # What ``look`` has told it of the claim in hand.
        self.known: set[int] = set()
        self.halted = False

    def take(self) -> Taken | None:
        """Claim what is due, when nothing is in hand."""
        taken = claims.take(Lane.BULK, self.owner)
        if taken is not None:
            self.feed = Feed(
                taken,
                self.journal,
                lambda _taken, row: Envelope(row.pk, "", row.address, b""),
                self._note,
            )
            self.known, self.halted = set(), False
        return taken

    def begin(self) -> Envelope | None:
        """The next text is about to be sent; None when none may be."""
        envelope = self.feed.next() if self.feed else None
        if self.feed and envelope and self.feed.begin(envelope):
            self.out, self.heard = envelope, False
            return envelope
        return None

    def answer(self, outcome: Outcome) -> None:
        """The relay's reply, or the end of the connection, for the mail that is out."""
        assert self.feed is not None
        assert self.out is not None
        self.feed.done(self.out, outcome)
        self.out, self.heard = None, False

    def write(self) -> None:
        """Commit the marks of the group; stop when the claim is somebody else's by now."""
        group, self.marks = self.marks[:], []
        lost = marks.write(group)
        if self.feed and self.feed.claim in lost:
            self.feed.halt()
            self.halted = True

    def _note(self, mark: Mark) -> None:
        self.marks.append(mark)

    def look(self) -> None:
        """What happened meanwhile: who left, and whether the mailing goes on."""
        assert self.feed is not None
        assert self.feed.mailing is not None
        gone, stopped = claims.stopped([self.feed.claim], {self.feed.mailing})
        self.feed.skip(gone)
        self.known |= gone
        if stopped:
            self.feed.halt()
            self.halted = True

    def renew(self) -> None:
        """Push the lease on, or stop when it is lost."""
        assert self.feed is not None
        if claims.renew([self.feed.claim], self.owner):
            self.feed.halt()
            self.halted = True
        else:
            self.feed.renewed(clock())

    def freeze(self) -> None:
        """Stand still for longer than is safe (SIGSTOP, a sleeping laptop)."""
        assert self.feed is not None
        self.feed.renewed(clock() - SAFE_SECONDS - 1)

    def finish(self) -> None:
        """Take no more rows of this claim (end of the slice, SIGTERM)."""
        assert self.feed is not None
        self.feed.finish()

    def release(self) -> None:
        """Give back what was not tried. Only when every mark is written and nothing is out."""
        assert self.feed is not None
        claims.release(self.feed.claim)
        self.feed = None

    def die(self) -> None:
        """kill -9: the kernel closes the journal, and everything in memory is gone."""
        os.close(self.journal._file)
