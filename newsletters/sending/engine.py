"""The sending engine: several connections of one process share the work through claims.

An asyncio loop talks to the relay; one thread talks to the database, in short
transactions. Everything between the two passes through ``Clerk``.
"""

import asyncio
import contextlib
import threading
import time

import uvloop
from django.conf import settings

from newsletters.sending import claims, sweeper, transports
from newsletters.sending.breaker import Breaker
from newsletters.sending.claims import Owner, Taken, clock
from newsletters.sending.clerk import Clerk
from newsletters.sending.feed import Feed
from newsletters.sending.journal import Journal
from newsletters.sending.letters import Typist
from newsletters.sending.lines import Line, deal, is_open, note
from newsletters.sending.pace import Pace
from newsletters.sending.replies import Phase
from newsletters.sending.scribe import Scribe
from newsletters.sending.transports import Route
from newsletters.sending.trouble import TransportTrouble
from newsletters.services import paces, slots
from newsletters.services.paces import Lesson
from newsletters.states import Lane
from worker.stopping import stopping

LOOK_SECONDS = 0.4
RENEW_SECONDS = 30.0
# A task gives its thread back now and then; the tick and the ring bring the next one.
SLICE_SECONDS = 50.0
# A relay that lets one mail wait so long must not keep the others from going.
STUCK_SECONDS = 5.0
IDLE_SECONDS = 1.0
FRUITLESS_SESSIONS = 3
CONNECTIONS = {Lane.NOW: 2}


class _Door:
    """Lets one engine per lane into this process, and remembers who knocked meanwhile."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.knocked = threading.Event()
        self.breaker = Breaker()
        self._journal: Journal | None = None
        self._paces: dict[str, Pace] = {}

    def pace(self, route: Route) -> Pace:
        """What this process knows of a transport's receivers."""
        return self._paces.setdefault(route.name, Pace(by_domain=not route.is_provider))

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
    routes = transports.routes()
    if not routes:
        return 0
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_send(lane, door, until, routes))


async def _send(lane: Lane, door: _Door, until: float, routes: list[Route]) -> int:
    return await Engine(lane, door, until, routes).run()


class Engine:
    """One run over one lane."""

    def __init__(self, lane: Lane, door: _Door, until: float, routes: list[Route]) -> None:
        self._lane = lane
        self._journal = door.journal()
        self._until = until
        self._owner = Owner(self._journal.worker, self._journal.host)
        self._clerk = Clerk()
        # Who left must not be written to because some mark has to wait for the database.
        self._lookout = Clerk()
        self._typist = Typist()
        self._feeds: dict[int, Feed] = {}
        self._scribe = Scribe(self._clerk, door.breaker, self._feeds)
        # A claim has ended: who found nothing to do looks again, or goes.
        self._settled = asyncio.Event()
        self._lines = deal(routes, CONNECTIONS.get(lane, settings.MAIL_CONNECTIONS))
        self._routes = routes
        # What each may carry, as it is known by now.
        self._carriers = {route.name: route.carrier for route in routes}
        self._asking = {route.name: asyncio.Lock() for route in routes}
        self._paces = {route.name: door.pace(route) for route in routes}
        for line_of, pace in self._paces.items():
            pace.begin(sum(line.route.name == line_of for line in self._lines))
        for route in routes:
            self._paces[route.name].all.limit = route.per_second
        # Claims that wait for slow receivers, by the name of their route.
        self._parked: dict[str, list[Feed]] = {route.name: [] for route in routes}
        self._accepted = 0

    async def run(self) -> int:
        """Work until nothing is due. Returns how many mails were accepted."""
        try:
            await self._remember()
            # One group: should the marking fail, the sending must stop, and the other way round.
            async with asyncio.TaskGroup() as group:
                helpers = [
                    group.create_task(self._scribe.keep_marking()),
                    group.create_task(self._keep_looking()),
                    group.create_task(self._keep_up()),
                ]
                work = [group.create_task(self._work(line)) for line in self._lines]
                await asyncio.wait(work)
                for feed in [feed for parked in self._parked.values() for feed in parked]:
                    feed.finish()
                    await self._settle(feed)
                for helper in helpers:
                    helper.cancel()
            await self._clerk.ask(note, self._lines)
            await self._learn()
        finally:
            await self._lookout.leave()
            await self._clerk.leave()
        return self._accepted

    # -- one connection ------------------------------------------------------------
    async def _work(self, line: Line) -> None:
        """Work through claims as long as the line is of use.

        A relay that takes five connections and refuses the sixth is no trouble
        to the five: the sixth ends, and its rows go over the others.
        """
        # The last marks of a claim are committed while the next one is being worked through.
        async with asyncio.TaskGroup() as settling:
            try:
                while self._goes_on(line) and not line.trouble:
                    feed = self._awake(line.route) or await self._claim(line.route)
                    if feed is None:
                        if not self._feeds:
                            break
                        await self._nap(line.route)
                        continue
                    before = feed.accepted
                    line.trouble = await self._deliver(line, feed)
                    line.accepted += feed.accepted - before
                    line.useful = not line.trouble
                    if feed.is_done or line.trouble:
                        settling.create_task(self._settle(feed))
                    else:
                        self._parked[line.route.name].append(feed)
            finally:
                await line.way.close()

    def _awake(self, route: Route) -> Feed | None:
        """A feed that was parked because its receivers had to wait, and may go on."""
        parked = self._parked[route.name]
        for feed in parked:
            if feed.is_done or not feed.rest:
                parked.remove(feed)
                return feed
        return None

    async def _claim(self, route: Route) -> Feed | None:
        """A fresh claim; None when nothing is due, or enough wait here for slow receivers."""
        if len(self._parked[route.name]) >= sum(line.route is route for line in self._lines):
            return None
        taken = await self._clerk.ask(self._take, route)
        if taken is None:
            return None
        pace = self._paces[route.name]
        rests = pace.surplus([row.domain for row in taken.rows], clock())
        if rests:
            late = {taken.rows[place].pk: seconds for place, seconds in rests.items()}
            await self._clerk.ask(claims.put_off, taken.claim, late)
            taken.rows = [row for row in taken.rows if row.pk not in late]
        feed = Feed(taken, self._journal, self._typist.make, self._scribe.mark, pace)
        self._feeds[feed.claim] = feed
        return feed

    async def _nap(self, route: Route) -> None:
        """Others are busy, maybe for minutes; what becomes due meanwhile is for us."""
        seconds = min([IDLE_SECONDS, *(feed.rest for feed in self._parked[route.name])])
        self._settled.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), seconds)

    def _goes_on(self, line: Line) -> bool:
        return not self._is_over() and is_open(line.route, self._lines)

    def _is_over(self) -> bool:
        """Whether this turn ends: the process stops, or its time is up and nobody is stuck."""
        return stopping.is_set() or (time.monotonic() > self._until and not self._is_stuck())

    def _is_stuck(self) -> bool:
        """The thread cannot be given back yet: a connection waits long for an answer."""
        return any(feed.waits > STUCK_SECONDS for feed in self._feeds.values())

    def _take(self, route: Route) -> Taken | None:
        taken = claims.take(self._lane, self._owner, self._carriers[route.name])
        if taken is not None:
            taken.is_signed = not route.is_provider
            self._typist.prepare(taken)
        return taken

    async def _deliver(self, line: Line, feed: Feed) -> TransportTrouble | None:
        """Work through one claim, opening the connection again when it ends in between.

        Returns early when what is left must wait for slow receivers.
        """
        way, pace, fruitless = line.way, self._paces[line.route.name], 0
        while not feed.is_done:
            if fruitless == FRUITLESS_SESSIONS:
                return TransportTrouble(Phase.DATA, "session after session ended without a mail")
            before = feed.accepted
            try:
                if not way.is_open:
                    await way.open()
                    await self._hear(line)
                await way.run(feed)
            except TransportTrouble as trouble:
                way.abort()
                return trouble
            await self._ask_for_slots(line.route, feed.left)
            if pace.all.wait(clock()) and not feed.is_done:
                # All mail of this transport waits: there is nothing better to do.
                await asyncio.sleep(min(pace.all.wait(clock()), LOOK_SECONDS))
            elif feed.rest:
                break
            elif way.is_open or feed.accepted > before or pace.all.is_jammed(clock()):
                # Another line had the slot, or we were too fast: no trouble of the relay's.
                fruitless = 0
            else:
                fruitless += 1
        return None

    async def _hear(self, line: Line) -> None:
        """What a relay offers is kept; what it cannot carry is left to others from now on."""
        name, offers = line.route.name, line.way.takes_smtputf8
        if offers != self._carriers[name].smtputf8:
            self._carriers |= await self._clerk.ask(transports.note_smtputf8, offers, name=name)

    async def _ask_for_slots(self, route: Route, wanted: int) -> None:
        """The next slots under a limit that all lanes and processes share."""
        tempo, asking = self._paces[route.name].all, self._asking[route.name]
        lacks = tempo.lacks(wanted, slots.SPAN[self._lane] / 2, clock())
        if not (route.per_second and lacks) or asking.locked():
            return
        async with asking:
            found = await self._lookout.ask(
                slots.take,
                transport=route.carrier.transport,
                lane=self._lane,
                per_second=route.per_second,
                wanted=lacks,
            )
            tempo.hand(found.given, clock() + found.seconds)

    async def _settle(self, feed: Feed) -> None:
        """Every mark of this claim is committed, then what was not tried is given back."""
        await self._scribe.end(feed)
        self._accepted += feed.accepted
        self._settled.set()

    # -- what happens meanwhile ----------------------------------------------------------
    async def _keep_looking(self) -> None:
        """Pause, cancel, unsubscribe and erasure reach the connections."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._is_over():
                for feed in self._feeds.values():
                    feed.finish()
            if not self._feeds:
                continue
            open_claims = list(self._feeds)
            sources = {feed.mailing for feed in self._feeds.values() if feed.mailing}
            skipped, halted = await self._lookout.ask(claims.stopped, open_claims, sources)
            for feed in self._feeds.values():
                feed.skip(skipped)
                if feed.mailing in halted:
                    feed.halt()

    async def _keep_up(self) -> None:
        """What is learned of the receivers is kept; leases are renewed."""
        renewed = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self._feeds:
                continue
            await self._learn()
            if time.monotonic() - renewed > RENEW_SECONDS:
                renewed = time.monotonic()
                await self._renew(list(self._feeds))

    async def _remember(self) -> None:
        """Begin with what other processes have learned of the receivers."""
        for route in self._routes:
            known = await self._clerk.ask(paces.of, route.carrier.transport)
            shared = await self._share(route)
            self._paces[route.name].remember(
                [Lesson(row.domain, row.per_second / shared, row.reason) for row in known]
            )

    async def _learn(self) -> None:
        """Keep what was learned."""
        for route in self._routes:
            news = self._paces[route.name].news()
            if news:
                shared = await self._share(route)
                await self._clerk.ask(paces.save, route.carrier.transport, news, shared)

    async def _share(self, route: Route) -> int:
        """How many processes share a transport; each may use its part of what was learned."""
        return max(1, await self._clerk.ask(claims.workers, route.carrier.transport))

    async def _renew(self, open_claims: list[int]) -> None:
        asked_at = clock()
        lost = await self._clerk.ask(claims.renew, open_claims, self._owner)
        self._scribe.fence(lost)
        for claim in set(open_claims) - lost:
            if claim in self._feeds:
                self._feeds[claim].renewed(asked_at)
