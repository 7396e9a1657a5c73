"""The sending engine: several connections of one process share the work through claims.

An asyncio loop talks to the relay; one thread talks to the database, in short
transactions. Everything between the two passes through ``Clerk``.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

import structlog
import uvloop
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from newsletters.sending import claims, marks, sweeper, transports
from newsletters.sending.breaker import Breaker
from newsletters.sending.claims import Owner, Taken, clock
from newsletters.sending.feed import Feed
from newsletters.sending.journal import Journal
from newsletters.sending.letters import Typist
from newsletters.sending.marks import Mark
from newsletters.sending.replies import Fate
from newsletters.sending.transports import Way
from newsletters.sending.trouble import TransportTrouble
from newsletters.services import mailings
from newsletters.states import Lane
from worker.stopping import stopping

log = structlog.get_logger("newsletters.engine")
P = ParamSpec("P")
T = TypeVar("T")

MARK_SECONDS = 0.1
MARK_ROWS = 100
LOOK_SECONDS = 0.4
RENEW_SECONDS = 30.0
# A task gives its thread back now and then; the tick and the ring bring the next one.
SLICE_SECONDS = 50.0
# A relay that lets one mail wait so long must not keep the others from going.
STUCK_SECONDS = 5.0
IDLE_SECONDS = 1.0
FRUITLESS_SESSIONS = 3
DATABASE_PATIENCE = 120.0
CONNECTIONS = {Lane.NOW: 2}
# What stops a mailing by itself.
PAUSES = {
    Fate.REFUSED: mailings.pause_for_refusals,
    Fate.UNRENDERED: mailings.pause_for_rendering,
}


class _Door:
    """Lets one engine per lane into this process, and remembers who knocked meanwhile."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.knocked = threading.Event()
        self.breaker = Breaker()
        self._journal: Journal | None = None

    def journal(self) -> Journal:
        """This lane's own journal, made at the first send. Only for whoever holds the lock."""
        if self._journal is None:
            self._journal = Journal()
        return self._journal


_doors = {lane: _Door() for lane in Lane}


def run(lane: Lane) -> int:
    """Send what is due in ``lane`` until nothing is, or the slice is over. Returns mails accepted.

    Called twice in one process the second call only makes the first look again.
    """
    door = _doors[lane]
    door.knocked.set()
    until = time.monotonic() + SLICE_SECONDS
    total = 0
    # Asked again after each turn: who knocked while we were leaving found the door shut.
    while door.knocked.is_set() and time.monotonic() < until and not stopping.is_set():
        if not door.lock.acquire(blocking=False):
            break
        try:
            door.knocked.clear()
            total += _turn(lane, door, until)
        finally:
            door.lock.release()
    return total


def _turn(lane: Lane, door: _Door, until: float) -> int:
    """Settle what a broken-off turn left, then send if the transport does not rest."""
    journal = door.journal()
    sweeper.settle_own(journal)
    if not transports.is_open():
        return 0
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(Engine(lane, journal, door.breaker, until).run())


class Clerk:
    """The one thread that talks to the database; patient while it restarts."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    async def ask(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call`` in the database's thread; repeats it while the database is away."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: _patiently(call, *args, **kwargs))

    async def leave(self) -> None:
        """Close the thread's connection and end it."""
        await asyncio.get_running_loop().run_in_executor(self._thread, _hang_up)
        self._thread.shutdown()


def _hang_up() -> None:
    """Called inside the thread: ``connection`` means another one in each."""
    connection.close()


def _patiently(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Every function given here is one transaction, so it can be tried again as a whole."""
    until = time.monotonic() + DATABASE_PATIENCE
    while True:
        close_old_connections()
        try:
            return call(*args, **kwargs)
        except (OperationalError, InterfaceError):
            if time.monotonic() > until:
                raise
            connection.close()
            time.sleep(0.5)


class Engine:
    """One run over one lane."""

    def __init__(self, lane: Lane, journal: Journal, breaker: Breaker, until: float) -> None:
        self._lane = lane
        self._journal = journal
        self._breaker = breaker
        self._until = until
        self._owner = Owner(journal.worker, journal.host)
        self._clerk = Clerk()
        self._typist = Typist()
        self._feeds: dict[int, Feed] = {}
        self._marks: list[Mark] = []
        self._full = asyncio.Event()
        self._written = asyncio.Condition()
        self._ways: list[Way] = []
        self._troubles: list[str] = []
        # Mailings that are being paused: nobody takes their rows before it is written down.
        self._pausing: set[int] = set()
        self._accepted = 0

    async def run(self) -> int:
        """Work until nothing is due. Returns how many mails were accepted."""
        count = CONNECTIONS.get(self._lane, settings.MAIL_CONNECTIONS)
        make = transports.way()
        self._ways = [make() for _ in range(count)]
        try:
            # One group: should the marking fail, the sending must stop, and the other way round.
            async with asyncio.TaskGroup() as group:
                helpers = [
                    group.create_task(self._keep_marking()),
                    group.create_task(self._keep_looking()),
                ]
                work = [group.create_task(self._work(way)) for way in self._ways]
                await asyncio.wait(work)
                for helper in helpers:
                    helper.cancel()
            await self._clerk.ask(self._note, any(task.result() for task in work))
        finally:
            await self._clerk.leave()
        return self._accepted

    # -- one connection ------------------------------------------------------------
    async def _work(self, way: Way) -> bool:
        """Work through claims. True when this connection was of use to the end.

        A relay that takes five connections and refuses the sixth is no trouble
        to the five: the sixth ends, and its rows go over the others.
        """
        useful = False
        try:
            while self._goes_on():
                taken = await self._clerk.ask(self._take)
                if taken is None and not self._feeds:
                    break
                if taken is None:
                    # Others are busy, maybe for minutes; what becomes due meanwhile is for us.
                    await asyncio.sleep(IDLE_SECONDS)
                    continue
                feed = Feed(taken, self._journal, self._typist.make, self._mark)
                self._feeds[feed.claim] = feed
                trouble = await self._deliver(way, feed)
                await self._settle(feed)
                if trouble:
                    self._troubles.append(trouble)
                    return False
                useful = True
        finally:
            await way.close()
        return useful

    def _goes_on(self) -> bool:
        if stopping.is_set() or (self._troubles and not any(way.is_open for way in self._ways)):
            return False
        return time.monotonic() < self._until or self._is_stuck()

    def _is_stuck(self) -> bool:
        """The thread cannot be given back yet: a connection waits long for an answer."""
        return any(feed.waits > STUCK_SECONDS for feed in self._feeds.values())

    def _take(self) -> Taken | None:
        taken = claims.take(self._lane, self._owner)
        if taken is not None:
            self._typist.prepare(taken)
        return taken

    async def _deliver(self, way: Way, feed: Feed) -> str:
        """Work through one claim, opening the connection again when it ends in between."""
        fruitless = 0
        while not feed.is_done:
            if fruitless == FRUITLESS_SESSIONS:
                return "the relay ended session after session without taking a mail"
            before = feed.accepted
            try:
                if not way.is_open:
                    await way.open()
                await way.run(feed)
            except TransportTrouble as error:
                way.abort()
                return str(error)
            fruitless = 0 if feed.accepted > before else fruitless + 1
        return ""

    async def _settle(self, feed: Feed) -> None:
        """Every mark of this claim is committed, then what was not tried is given back."""
        async with self._written:
            await self._written.wait_for(
                lambda: not feed.unwritten and feed.mailing not in self._pausing
            )
        del self._feeds[feed.claim]
        self._accepted += feed.accepted
        await self._clerk.ask(claims.release, feed.claim)

    # -- marks -------------------------------------------------------------------------
    def _mark(self, mark: Mark) -> None:
        self._marks.append(mark)
        mailing = self._feeds[mark.claim].mailing
        if mailing and self._breaker.note(mailing, mark.outcome):
            self._stop(mailing)
        if len(self._marks) >= MARK_ROWS:
            self._full.set()

    def _stop(self, mailing: int) -> None:
        self._pausing.add(mailing)
        for feed in self._feeds.values():
            if feed.mailing == mailing:
                feed.halt()

    async def _keep_marking(self) -> None:
        """Commit marks in groups: at the latest every MARK_SECONDS or MARK_ROWS."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._full.wait(), MARK_SECONDS)
            self._full.clear()
            if self._marks:
                group, self._marks = self._marks, []
                self._fence(await self._clerk.ask(marks.write, group))
                for mailing, fate in self._breaker.tripped().items():
                    await self._clerk.ask(PAUSES[fate], mailing_id=mailing)
                    self._pausing.discard(mailing)
                await self._forget(group)

    async def _forget(self, group: list[Mark]) -> None:
        for mark in group:
            self._feeds[mark.claim].unwritten -= 1
        async with self._written:
            self._written.notify_all()

    # -- what happens meanwhile ----------------------------------------------------------
    async def _keep_looking(self) -> None:
        """Pause, cancel, unsubscribe and erasure reach the connections; leases are renewed."""
        renewed = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self._goes_on():
                for feed in self._feeds.values():
                    feed.finish()
            if not self._feeds:
                continue
            open_claims = list(self._feeds)
            sources = {feed.mailing for feed in self._feeds.values() if feed.mailing}
            skipped, halted = await self._clerk.ask(claims.stopped, open_claims, sources)
            for feed in self._feeds.values():
                feed.skip(skipped)
                if feed.mailing in halted:
                    feed.halt()
            if time.monotonic() - renewed > RENEW_SECONDS:
                renewed = time.monotonic()
                await self._renew(list(self._feeds))

    async def _renew(self, open_claims: list[int]) -> None:
        asked_at = clock()
        lost = await self._clerk.ask(claims.renew, open_claims, self._owner)
        self._fence(lost)
        for claim in set(open_claims) - lost:
            if claim in self._feeds:
                self._feeds[claim].renewed(asked_at)

    def _fence(self, lost: set[int]) -> None:
        """Somebody else settled these claims: stop working on them at once."""
        for claim in lost & set(self._feeds):
            log.warning("fenced_out", claim=claim)
            self._feeds[claim].halt()

    def _note(self, useful: bool) -> None:
        """The transport rests when there was trouble and no connection was of use to the end."""
        if self._troubles and not useful:
            transports.note_trouble(self._troubles[0])
        elif self._accepted:
            transports.note_success()
