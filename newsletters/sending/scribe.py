"""Writes down what became of mails, in groups, and stops what must not go on."""

import asyncio
import contextlib

import structlog
from django.db import transaction

from newsletters.sending import claims, marks
from newsletters.sending.breaker import Breaker
from newsletters.sending.clerk import Clerk
from newsletters.sending.feed import Feed
from newsletters.sending.marks import Mark
from newsletters.sending.replies import Fate
from newsletters.services import mailings

log = structlog.get_logger("newsletters.engine")

MARK_SECONDS = 0.1
MARK_ROWS = 500
# What stops a mailing by itself.
PAUSES = {
    Fate.REFUSED: mailings.pause_for_refusals,
    Fate.UNRENDERED: mailings.pause_for_rendering,
}


class Scribe:
    """The marks of one engine. ``feeds``: its open claims, kept by the engine."""

    def __init__(self, clerk: Clerk, breaker: Breaker, feeds: dict[int, Feed]) -> None:
        self._clerk = clerk
        self._breaker = breaker
        self._feeds = feeds
        self._marks: list[Mark] = []
        # Worked through; they end with the group that has the last of their marks.
        self._over: list[Feed] = []
        self._full = asyncio.Event()
        self._written = asyncio.Condition()
        # Mailings that are being paused: nobody takes their rows before it is written down.
        self._pausing: set[int] = set()

    def mark(self, mark: Mark) -> None:
        """Take in one outcome; it is committed soon."""
        self._marks.append(mark)
        mailing = self._feeds[mark.claim].mailing
        if mailing and self._breaker.note(mailing, mark.outcome):
            self._stop(mailing)
        if len(self._marks) >= MARK_ROWS:
            self._full.set()

    async def keep_marking(self) -> None:
        """Commit marks in groups: at the latest every MARK_SECONDS or MARK_ROWS."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._full.wait(), MARK_SECONDS)
            self._full.clear()
            if self._marks or self._over:
                await self._commit()

    async def end(self, feed: Feed) -> None:
        """Wait until all marks of ``feed`` are committed and what was not tried is given back.

        Nothing more may be marked for it.
        """
        self._over.append(feed)
        async with self._written:
            await self._written.wait_for(lambda: feed.claim not in self._feeds)

    def fence(self, lost: set[int]) -> None:
        """Somebody else settled these claims: stop working on them at once."""
        for claim in lost & set(self._feeds):
            log.warning("fenced_out", claim=claim)
            self._feeds[claim].halt()

    def _stop(self, mailing: int) -> None:
        self._pausing.add(mailing)
        for feed in self._feeds.values():
            if feed.mailing == mailing:
                feed.halt()

    async def _commit(self) -> None:
        group, self._marks = self._marks, []
        # Given back before the pause is written down, rows would be taken again.
        over = [feed for feed in self._over if feed.mailing not in self._pausing]
        self._over = [feed for feed in self._over if feed not in over]
        lost = await self._clerk.ask(record, group, [feed.claim for feed in over])
        # Before anything else is asked of the database: nobody renews a claim that has ended.
        for feed in over:
            del self._feeds[feed.claim]
        self.fence(lost)
        for mailing, fate in self._breaker.tripped().items():
            await self._clerk.ask(PAUSES[fate], mailing_id=mailing)
            self._pausing.discard(mailing)
        async with self._written:
            self._written.notify_all()


@transaction.atomic
def record(group: list[Mark], over: list[int]) -> set[int]:
    """Commit marks and the ends of the claims ``over`` at once. Returns the claims not ours.

    One transaction, because each commit waits for the disk.
    """
    lost = marks.write(group) if group else set()
    claims.end(over)
    return lost
