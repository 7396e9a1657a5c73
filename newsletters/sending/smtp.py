"""A pipelined SMTP client that knows its phase (RFC 5321, RFC 2920).

One connection works through a feed strictly in order. Where the relay offers
PIPELINING the envelope is one write, and the next envelope goes out behind the
body, so that a mail costs one round trip. At most one message is ever between
"final dot sent" and "reply recorded".
"""

import asyncio
import base64
import ssl
from collections import deque
from dataclasses import dataclass, field

from newsletters.sending.feed import Envelope, Feed
from newsletters.sending.replies import ACCEPTED, Fate, Outcome, Phase, judge
from newsletters.sending.trouble import TransportTrouble
from newsletters.sending.wire import Broken, Reply, Wire, said

CONNECT_SECONDS = 30.0
REPLY_SECONDS = 120.0
# RFC 5321 section 4.5.3.2.6: a shorter wait after the dot creates duplicates.
DOT_SECONDS = 600.0
# Some relays end a session after so many mails; a fresh one costs little.
MAILS_A_SESSION = 1000


@dataclass(frozen=True)
class Relay:
    """Where and how to hand over. ``tls``: "starttls", "implicit" or "none"; no fall-back."""

    host: str
    port: int
    tls: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    hello: str = "localhost"


class Session:
    """One open connection to the relay."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._wire = Wire()
        self._offers: frozenset[str] = frozenset()
        self._sent = 0
        self._needs_reset = False

    @property
    def is_open(self) -> bool:
        """Whether there is a connection to use."""
        return self._wire.is_open

    @property
    def takes_smtputf8(self) -> bool:
        """Whether the relay offered SMTPUTF8."""
        return "SMTPUTF8" in self._offers

    async def open(self) -> None:
        """Connect, greet, secure, sign in. Raises TransportTrouble; never falls back to clear."""
        phase = Phase.CONNECT
        self._wire = Wire()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                context = ssl.create_default_context() if self._relay.tls == "implicit" else None
                await self._wire.connect(self._relay.host, self._relay.port, context)
                phase = Phase.GREET
                self._expect(await self._reply(), 220, phase)
                await self._hello()
                if self._relay.tls == "starttls":
                    phase = Phase.TLS
                    await self._secure()
                if self._relay.user:
                    phase = Phase.AUTH
                    await self._sign_in()
        except (OSError, TimeoutError, Broken) as error:
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
        envelope taken from the feed has then been answered for. Raises
        TransportTrouble when the relay refuses the sender for good.
        """
        talk = Talk(self._wire, self._offers, feed, self._sent)
        talk.needs_reset = self._needs_reset
        await talk.through()
        self._sent = talk.sent
        self._needs_reset = talk.needs_reset
        if self._sent >= MAILS_A_SESSION:
            self.abort()

    async def close(self) -> None:
        """QUIT, politely but not patiently."""
        if self.is_open:
            try:
                self._wire.write(b"QUIT\r\n")
                await self._wire.reply(2)
            except (OSError, TimeoutError, Broken):
                pass
        self.abort()

    def abort(self) -> None:
        """Drop the connection."""
        self._wire.abort()

    # -- before the first mail ---------------------------------------------------------
    async def _hello(self) -> None:
        self._wire.write(f"EHLO {self._relay.hello}\r\n".encode("ascii"))
        reply = await self._reply()
        self._expect(reply, 250, Phase.GREET)
        self._offers = frozenset(
            line.split()[0].upper() for line in reply.text.splitlines()[1:] if line.split()
        )

    async def _secure(self) -> None:
        if "STARTTLS" not in self._offers:
            raise TransportTrouble(Phase.TLS, "the relay does not offer STARTTLS")
        self._wire.write(b"STARTTLS\r\n")
        self._expect(await self._reply(), 220, Phase.TLS)
        await self._wire.secure(ssl.create_default_context(), self._relay.host)
        await self._hello()

    async def _sign_in(self) -> None:
        plain = f"\0{self._relay.user}\0{self._relay.password}".encode()
        self._wire.write(b"AUTH PLAIN " + base64.b64encode(plain) + b"\r\n")
        self._expect(await self._reply(), 235, Phase.AUTH)

    def _expect(self, reply: Reply, code: int, phase: Phase) -> None:
        if reply.code != code:
            raise TransportTrouble(phase, f"{reply.code} {reply.text}")

    async def _reply(self) -> Reply:
        return await self._wire.reply(REPLY_SECONDS)


class Talk:
    """One feed over one connection, driven by the replies as they come in.

    ``_opened`` is the envelope the relay was told of, ``_out`` the one whose
    text it has and has not answered yet. Either is answered for exactly once.
    """

    def __init__(self, wire: Wire, offers: frozenset[str], feed: Feed, sent: int) -> None:
        """``sent``: how many texts went over this connection before."""
        self.sent = sent
        self.needs_reset = False
        self._wire = wire
        self._pipelines = "PIPELINING" in offers
        self._takes_utf8 = "SMTPUTF8" in offers
        self._feed = feed
        self._opened: Envelope | None = None
        self._out: Envelope | None = None
        # What the next replies answer, and what is said only after them (no PIPELINING).
        self._asked: deque[Phase] = deque()
        self._unsaid: deque[tuple[Phase, bytes]] = deque()
        self._refused: Outcome | None = None
        self._over = asyncio.get_running_loop().create_future()

    async def through(self) -> None:
        """Work until the feed is empty or the session ends. Raises TransportTrouble."""
        self._wire.hear(self._heard, self._lost)
        try:
            self._go_on()
            await self._over
        finally:
            # Cancelled from outside: no reply may reach this talk any more.
            if not self._over.done() or self._over.cancelled():
                self._wire.abort()

    # -- one mail --------------------------------------------------------------------
    def _go_on(self) -> None:
        """Tell the relay of the next envelope, or end."""
        try:
            opening = self._open_next()
            if self._opened is None:
                self._end()
            else:
                self._wire.be_patient(REPLY_SECONDS)
                self._wire.write(opening)
        except Broken:
            self._lost()

    def _open_next(self) -> bytes:
        """RSET if due, MAIL, RCPT, DATA of the next envelope; empty when there is none.

        All of it where the relay pipelines, else the first command alone.
        """
        envelope = self._next()
        if envelope is None:
            return b""
        self._opened, self._refused = envelope, None
        extra = " SMTPUTF8 BODY=8BITMIME" if envelope.needs_smtputf8 else ""
        mail = f"MAIL FROM:<{envelope.sender}>{extra}\r\n".encode()
        rcpt = f"RCPT TO:<{envelope.address}>\r\n".encode()
        if self._pipelines and not self.needs_reset:
            self._asked += (Phase.MAIL, Phase.RCPT, Phase.DATA)
            return b"".join((mail, rcpt, b"DATA\r\n"))
        commands = [(Phase.MAIL, mail), (Phase.RCPT, rcpt), (Phase.DATA, b"DATA\r\n")]
        if self.needs_reset:
            self.needs_reset = False
            commands.insert(0, (Phase.RESET, b"RSET\r\n"))
        if not self._pipelines:
            self._unsaid.extend(commands[1:])
            del commands[1:]
        self._asked += (phase for phase, _ in commands)
        return b"".join(command for _, command in commands)

    def _next(self) -> Envelope | None:
        """The next envelope this relay can carry; others are held with that reason."""
        if self.sent >= MAILS_A_SESSION:
            return None
        while (envelope := self._feed.next()) is not None:
            if not envelope.needs_smtputf8 or self._takes_utf8:
                return envelope
            self._feed.done(envelope, Outcome(Fate.HELD, "", "the relay does not offer SMTPUTF8"))
        return None

    def _heard(self, code: int, text: bytes) -> None:
        """A reply has come."""
        if not self._asked:
            # It says something nobody asked for, mostly 421 before it hangs up.
            self._wire.abort()
            self._lost()
            return
        phase = self._asked.popleft()
        try:
            if phase is Phase.DOT:
                self._answered(code, text)
            elif phase is not Phase.RESET:
                self._judge(phase, code, text)
            if self._unsaid and not self._asked:
                self._say_next()
            elif phase is Phase.DATA:
                self._envelope_answered(code)
            elif phase is Phase.EMPTY:
                self._refused_whole()
        except Broken:
            self._lost()
        except TransportTrouble as trouble:
            self._wire.abort()
            self._give_back()
            self._end(trouble)

    def _judge(self, phase: Phase, code: int, text: bytes) -> None:
        """Keep the first refusal of an envelope. Raises TransportTrouble for a refused sender."""
        if phase is Phase.MAIL and code >= 500:
            # It will not have us as a sender: that is true of everybody's mail.
            raise TransportTrouble(Phase.MAIL, f"{code} {said(text)}")
        if self._refused is None and phase is not Phase.EMPTY:
            good = 354 if phase is Phase.DATA else 250
            if code // 10 != good // 10:
                self._refused = judge(phase, code, said(text), is_fresh=not self.sent)

    def _say_next(self) -> None:
        """Without PIPELINING: one command, one reply; nothing more after a refusal."""
        if self._refused is not None:
            self._unsaid.clear()
            self._refused_whole()
            return
        phase, command = self._unsaid.popleft()
        self._asked.append(phase)
        self._wire.be_patient(REPLY_SECONDS)
        self._wire.write(command)

    def _envelope_answered(self, code: int) -> None:
        if self._refused is None:
            self._send_text()
        elif code == 354:
            # DATA was taken although no recipient was (RFC 2920 section 3.1): end it, empty.
            self._asked.append(Phase.EMPTY)
            self._wire.write(b".\r\n")
        else:
            self._refused_whole()

    def _refused_whole(self) -> None:
        """The opened envelope will not go; its answer is kept."""
        envelope, outcome = self._opened, self._refused
        self._opened = self._refused = None
        self.needs_reset = True
        if envelope is not None and outcome is not None:
            self._feed.done(envelope, outcome)
            self._after(outcome)

    def _send_text(self) -> None:
        envelope = self._opened
        if envelope is None or not self._feed.begin(envelope):
            self._wire.abort()
            self._lost()
            return
        self._opened, self._out = None, envelope
        self.sent += 1
        self._asked.append(Phase.DOT)
        following = self._open_next() if self._pipelines else b""
        self._wire.be_patient(DOT_SECONDS)
        self._wire.write(envelope.signature, envelope.message, b".\r\n", following)

    def _answered(self, code: int, text: bytes) -> None:
        """The relay has answered for a whole mail."""
        envelope, self._out = self._out, None
        outcome = ACCEPTED if code == 250 else judge(Phase.DOT, code, said(text))
        if envelope is not None:
            self._feed.done(envelope, outcome)
        if self._opened is None:
            self._after(outcome)
        else:
            self._wire.be_patient(REPLY_SECONDS)

    def _after(self, last: Outcome) -> None:
        """Go on where the session may."""
        # A relay that says 421 hangs up (RFC 5321 section 3.8).
        if last.fate is Fate.AGAIN or last.code.startswith("421"):
            self._wire.abort()
            self._end()
        else:
            self._go_on()

    # -- the end -----------------------------------------------------------------------
    def _lost(self) -> None:
        """No reply will come any more: what was out is in doubt, what was opened is not.

        What was said of the opened one before the end holds, as 421 on the way out.
        """
        self._wire.abort()
        self._give_back()
        self._end()

    def _give_back(self) -> None:
        out, opened, refused = self._out, self._opened, self._refused
        self._out = self._opened = self._refused = None
        if out is not None:
            self._feed.done(out, Outcome(Fate.UNSURE, "", "connection lost before the answer"))
        if opened is not None:
            lost = Outcome(Fate.AGAIN, "", "connection lost before the text")
            self._feed.done(opened, refused or lost)

    def _end(self, trouble: TransportTrouble | None = None) -> None:
        if self._over.done():
            return
        if trouble is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(trouble)
