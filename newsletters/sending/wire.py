"""One TCP connection that speaks in lines: written at once, read as complete SMTP replies.

Reading costs no task, future or timer for each reply: whoever works through a
claim is called as replies come (``hear``); whoever talks slowly, before the
first mail, waits for them (``reply``).
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

# Nobody sends a longer reply in earnest.
LONGEST_REPLY = 64 * 1024
MOST_LINES = 1000


class Broken(Exception):
    """The connection ended, or what came over it was no SMTP."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete reply, its lines joined (RFC 5321 section 4.2)."""

    code: int
    text: str


def said(raw: bytes) -> str:
    """The text of a reply as it can be kept and shown."""
    return "\n".join(line.rstrip() for line in raw.decode("utf-8", "replace").split("\n"))


class Wire(asyncio.Protocol):
    """The connection itself. Lives in one event loop."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        # The first lines of a reply that has several.
        self._lines: list[bytes] = []
        self._replies: deque[Reply] = deque()
        self._hears: Callable[[int, bytes], None] | None = None
        self._lost: Callable[[], None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._deadline = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    # -- for the session -----------------------------------------------------------
    @property
    def is_open(self) -> bool:
        """Whether something can still be written."""
        return self._transport is not None and not self._transport.is_closing()

    async def connect(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        """Open the connection; with ``context`` speak TLS from the start. Raises OSError."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, host, port, ssl=context)

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Speak TLS from here on. Raises OSError, and Broken when the peer spoke out of turn.

        What was sent in clear behind the answer to STARTTLS is an attack (RFC 3207 section 6).
        """
        if self._transport is None or self._rest or self._lines or self._replies:
            raise Broken
        loop = asyncio.get_running_loop()
        self._transport = await loop.start_tls(self._transport, self, context, server_hostname=host)
        if self._transport is None:
            raise Broken

    def write(self, *pieces: bytes) -> None:
        """Send at once. Raises Broken when the connection is gone."""
        if self._transport is None or self._transport.is_closing():
            raise Broken
        self._transport.write(b"".join(pieces))

    async def reply(self, seconds: float) -> Reply:
        """The next reply; ``hear`` is over. Raises Broken, or TimeoutError after ``seconds``."""
        self._hears = self._lost = None
        async with asyncio.timeout(seconds):
            while not self._replies:
                if not self.is_open:
                    raise Broken
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
        return self._replies.popleft()

    def hear(self, heard: Callable[[int, bytes], None], lost: Callable[[], None]) -> None:
        """From here on call ``heard`` with every reply, and ``lost`` once when there is no more.

        What a reply says comes as it was sent: of most only the code is of interest (``said``).
        """
        self._hears, self._lost = heard, lost

    def be_patient(self, seconds: float) -> None:
        """Be cut off unless a reply is expected again before so many seconds are over."""
        loop = asyncio.get_running_loop()
        self._deadline = loop.time() + seconds
        if self._alarm is None or self._alarm.when() > self._deadline:
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm = loop.call_at(self._deadline, self._look_at_the_clock)

    def abort(self) -> None:
        """Drop the connection; nobody is told."""
        self._hears = self._lost = None
        self._end()

    # -- for the event loop --------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            self._take(line)
        if len(self._rest) > LONGEST_REPLY:
            self._fail()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        self._fail()

    def _take(self, line: bytes) -> None:
        code = line[:3]
        if not code.isdigit() or len(self._lines) > MOST_LINES:
            self._fail()
        elif line[3:4] == b"-":
            self._lines.append(line[4:])
        else:
            whole = line[4:]
            if self._lines:
                whole = b"\n".join([*self._lines, whole])
                self._lines = []
            if self._hears is not None:
                self._hears(int(code), whole)
            else:
                self._replies.append(Reply(int(code), said(whole)))
                self._wake()

    def _look_at_the_clock(self) -> None:
        """The alarm is not moved for every reply; it looks whether it rings too early."""
        loop = asyncio.get_running_loop()
        self._alarm = None
        if not self.is_open:
            return
        if loop.time() < self._deadline:
            self._alarm = loop.call_at(self._deadline, self._look_at_the_clock)
        else:
            self._fail()

    def _fail(self) -> None:
        lost, self._hears, self._lost = self._lost, None, None
        self._end()
        if lost is not None:
            lost()

    def _end(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        self._waiter = None
