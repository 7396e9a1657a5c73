"""A pipelined SMTP client that knows its phase (RFC 5321, RFC 2920).

One connection works through a feed strictly in order. Where the relay offers
PIPELINING the envelope is one write, and the next envelope goes out behind the
body, so that a mail costs one round trip. At most one message is ever between
"final dot sent" and "reply recorded".
"""

import asyncio
import base64
import ssl
from dataclasses import dataclass, field

from newsletters.sending.feed import Envelope, Feed
from newsletters.sending.replies import Fate, Outcome, Phase, judge
from newsletters.sending.trouble import TransportTrouble

CONNECT_SECONDS = 30.0
REPLY_SECONDS = 120.0
# RFC 5321 section 4.5.3.2.6: a shorter wait after the dot creates duplicates.
DOT_SECONDS = 600.0
# Some relays end a session after so many mails; a fresh one costs little.
MAILS_A_SESSION = 1000
READ_LIMIT = 64 * 1024


class Broken(Exception):
    """The connection ended in the middle of a session."""


@dataclass(frozen=True)
class Relay:
    """Where and how to hand over. ``tls``: "starttls", "implicit" or "none"; no fall-back."""

    host: str
    port: int
    tls: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    hello: str = "localhost"


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete reply."""

    code: int
    text: str


class Session:
    """One open connection to the relay."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._offers: frozenset[str] = frozenset()
        self._sent = 0
        self._needs_reset = False

    @property
    def is_open(self) -> bool:
        """Whether there is a connection to use."""
        return self._writer is not None and not self._writer.is_closing()

    async def open(self) -> None:
        """Connect, greet, secure, sign in. Raises TransportTrouble; never falls back to clear."""
        phase = Phase.CONNECT
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._connect()
                phase = Phase.GREET
                self._expect(await self._reply(), 220, phase)
                await self._hello()
                if self._relay.tls == "starttls":
                    phase = Phase.TLS
                    await self._secure()
                if self._relay.user:
                    phase = Phase.AUTH
                    await self._sign_in()
        except (OSError, TimeoutError, Broken, ssl.SSLError) as error:
            self.abort()
            raise TransportTrouble(phase, f"{type(error).__name__} {error}") from error
        except TransportTrouble:
            self.abort()
            raise
        self._sent = 0
        self._needs_reset = False

    async def run(self, feed: Feed) -> None:
        """Hand over everything ``feed`` gives, in order.

        Returns when the feed is empty or the relay ended the session; every
        envelope taken from the feed has then been answered for.
        """
        envelope = self._next(feed)
        if envelope is not None:
            self._write(self._opening(envelope))
        while envelope is not None:
            envelope = await self._hand_over(envelope, feed)

    async def close(self) -> None:
        """QUIT, politely but not patiently."""
        if self._writer is None:
            return
        try:
            async with asyncio.timeout(2):
                self._write(b"QUIT\r\n")
                await self._reply()
        except (OSError, TimeoutError, Broken):
            pass
        self.abort()

    def abort(self) -> None:
        """Drop the connection."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None

    # -- one mail ------------------------------------------------------------------
    async def _hand_over(self, envelope: Envelope, feed: Feed) -> Envelope | None:
        """Finish ``envelope``, whose opening was written. Returns the next one, opened, or None."""
        try:
            refused = await self._envelope_replies(envelope)
        except (Broken, OSError, TimeoutError):
            self.abort()
            feed.done(envelope, Outcome(Fate.AGAIN, "", "connection lost before the text"))
            return None
        except TransportTrouble:
            self.abort()
            feed.done(envelope, Outcome(Fate.AGAIN))
            raise
        if refused is not None:
            feed.done(envelope, refused)
            return self._open_next(feed, refused)
        return await self._send_body(envelope, feed)

    async def _send_body(self, envelope: Envelope, feed: Feed) -> Envelope | None:
        if not feed.begin(envelope):
            self.abort()
            feed.done(envelope, Outcome(Fate.AGAIN))
            return None
        self._sent += 1
        following = self._next(feed) if self._may_pipeline() else None
        opening = self._opening(following) if following else b""
        try:
            self._write(envelope.message + b".\r\n" + opening)
            reply = await self._reply(DOT_SECONDS)
        except (Broken, OSError, TimeoutError):
            self.abort()
            feed.done(envelope, Outcome(Fate.UNSURE, "", "connection lost before the answer"))
            if following:
                feed.done(following, Outcome(Fate.AGAIN))
            return None
        outcome = judge(Phase.DOT, reply.code, reply.text)
        feed.done(envelope, outcome)
        if following is None:
            return self._open_next(feed, outcome)
        return following

    def _open_next(self, feed: Feed, last: Outcome) -> Envelope | None:
        """Write the next envelope when the session may go on."""
        if last.fate is Fate.AGAIN or self._sent >= MAILS_A_SESSION or not self.is_open:
            self.abort()
            return None
        following = self._next(feed)
        if following is not None:
            self._write(self._opening(following))
        return following

    def _next(self, feed: Feed) -> Envelope | None:
        """The next envelope this relay can carry; others are held with that reason."""
        while (envelope := feed.next()) is not None:
            if not envelope.needs_smtputf8 or "SMTPUTF8" in self._offers:
                return envelope
            feed.done(envelope, Outcome(Fate.HELD, "", "the relay does not offer SMTPUTF8"))
        return None

    def _may_pipeline(self) -> bool:
        return "PIPELINING" in self._offers and self._sent < MAILS_A_SESSION

    def _opening(self, envelope: Envelope) -> bytes:
        """RSET if due, MAIL, RCPT, DATA in one write; without PIPELINING only the first of them."""
        commands = self._commands(envelope)
        if "PIPELINING" not in self._offers:
            return commands[0][1]
        return b"".join(command for _, command in commands)

    async def _envelope_replies(self, envelope: Envelope) -> Outcome | None:
        """Read the answers to the opening. None when the text may follow, else what to record.

        Raises TransportTrouble when the relay refuses the sender for good.
        """
        commands = self._commands(envelope)
        refused: Outcome | None = None
        for place, (phase, command) in enumerate(commands):
            if place and "PIPELINING" not in self._offers:
                if refused is not None:
                    break
                self._write(command)
            reply = await self._reply()
            if phase is Phase.MAIL and reply.code >= 500:
                # It will not have us as a sender: that is true of everybody's mail.
                raise TransportTrouble(Phase.MAIL, f"{reply.code} {reply.text}")
            good = 354 if phase is Phase.DATA else 250
            if refused is None and phase is not None and reply.code // 10 != good // 10:
                refused = judge(phase, reply.code, reply.text)
            elif refused is not None and phase is Phase.DATA and reply.code == 354:
                await self._empty_message()
        self._needs_reset = refused is not None
        return refused

    def _commands(self, envelope: Envelope) -> list[tuple[Phase | None, bytes]]:
        reset: list[tuple[Phase | None, bytes]] = [(None, b"RSET\r\n")] if self._needs_reset else []
        extra = " SMTPUTF8 BODY=8BITMIME" if envelope.needs_smtputf8 else ""
        return [
            *reset,
            (Phase.MAIL, f"MAIL FROM:<{envelope.sender}>{extra}\r\n".encode()),
            (Phase.RCPT, f"RCPT TO:<{envelope.address}>\r\n".encode()),
            (Phase.DATA, b"DATA\r\n"),
        ]

    async def _empty_message(self) -> None:
        """DATA was taken although no recipient was (RFC 2920 section 3.1): end it, empty."""
        self._write(b".\r\n")
        await self._reply()

    # -- the session ------------------------------------------------------------------
    async def _connect(self) -> None:
        context = ssl.create_default_context() if self._relay.tls == "implicit" else None
        self._reader, self._writer = await asyncio.open_connection(
            self._relay.host, self._relay.port, ssl=context, limit=READ_LIMIT
        )

    async def _hello(self) -> None:
        self._write(f"EHLO {self._relay.hello}\r\n".encode("ascii"))
        reply = await self._reply()
        self._expect(reply, 250, Phase.GREET)
        self._offers = frozenset(
            line.split()[0].upper() for line in reply.text.splitlines()[1:] if line.split()
        )

    async def _secure(self) -> None:
        if "STARTTLS" not in self._offers or self._writer is None:
            raise TransportTrouble(Phase.TLS, "the relay does not offer STARTTLS")
        self._write(b"STARTTLS\r\n")
        self._expect(await self._reply(), 220, Phase.TLS)
        await self._writer.start_tls(ssl.create_default_context(), server_hostname=self._relay.host)
        await self._hello()

    async def _sign_in(self) -> None:
        plain = f"\0{self._relay.user}\0{self._relay.password}".encode()
        self._write(b"AUTH PLAIN " + base64.b64encode(plain) + b"\r\n")
        self._expect(await self._reply(), 235, Phase.AUTH)

    def _expect(self, reply: Reply, code: int, phase: Phase) -> None:
        if reply.code != code:
            raise TransportTrouble(phase, f"{reply.code} {reply.text}")

    def _write(self, data: bytes) -> None:
        if self._writer is None:
            raise Broken
        self._writer.write(data)

    async def _reply(self, seconds: float | None = None) -> Reply:
        """The next reply, its lines joined. Raises Broken at the end of the connection."""
        if self._reader is None:
            raise Broken
        lines: list[str] = []
        async with asyncio.timeout(REPLY_SECONDS if seconds is None else seconds):
            while True:
                try:
                    raw = await self._reader.readuntil(b"\n")
                except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
                    raise Broken from error
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                if not line[:3].isdecimal():
                    raise Broken
                lines.append(line[4:])
                if line[3:4] != "-":
                    return Reply(int(line[:3]), "\n".join(lines))
