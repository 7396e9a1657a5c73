"""The SMTP server's side of one connection, as strict as a careful relay.

Only CRLF ends a command and only CRLF.CRLF ends a message; pipelined commands
are obeyed one by one and answered together.
"""

import asyncio
import base64
import binascii
import re
import ssl
import time
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from tests.infra.sink_script import Limit, Phase, Rule, Script

CHUNK = 256 * 1024
LONGEST_COMMAND = 4096
VERBS = {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT"}
PATH = re.compile(rb"(?:FROM|TO):\s*<([^>]*)>\s*(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Message:
    """One message as it was accepted; ``data`` has its dots unstuffed."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes


class House(Protocol):
    """What a session needs of the server it belongs to."""

    script: Script
    tls_context: ssl.SSLContext
    # Every command heard outside TLS.
    heard_in_clear: set[str]

    def accept(self, message: Message) -> None:
        """Take responsibility for ``message``; called before its 250."""


class Hangup(Exception):
    """This session is over."""


class Session:
    """One connection, from greeting to QUIT."""

    def __init__(
        self, sink: House, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one client of ``sink``."""
        self._sink = sink
        self._reader = reader
        self._writer = writer
        self._input = bytearray()
        self._output = bytearray()
        self._secure = sink.script.tls == "implicit"
        self._known = not sink.script.user
        self._messages = 0
        self._recent: deque[float] = deque()
        self._sender: str | None = None
        self._recipients: list[str] = []

    async def serve(self) -> None:
        """Talk until somebody hangs up."""
        try:
            if not await self._answer("connect", "220 sink ESMTP"):
                await self._hang_up()
            while True:
                line = bytes(await self._until(b"\r\n", longest=LONGEST_COMMAND))
                await self._obey(*_words(line))
        except (Hangup, ConnectionError, ssl.SSLError):
            pass
        finally:
            self._writer.close()

    # Input and output -------------------------------------------------------------
    async def _until(self, end: bytes, *, longest: int | None = None) -> bytearray:
        """Take the input up to ``end``; what the client sent behind it stays for the next call."""
        start = 0
        while (found := self._input.find(end, start)) < 0:
            start = max(0, len(self._input) - len(end) + 1)
            if longest is not None and start > longest:
                self._say("500 5.5.2 line too long")
                await self._hang_up()
            await self._read_more()
        taken = self._input[:found]
        del self._input[: found + len(end)]
        return taken

    async def _read_more(self) -> None:
        # Replies to pipelined commands leave together, once nothing is left to obey.
        await self._flush()
        chunk = await self._reader.read(CHUNK)
        if not chunk:
            raise Hangup
        self._input += chunk

    def _say(self, line: str) -> None:
        self._output += line.encode() + b"\r\n"

    async def _flush(self) -> None:
        if self._output:
            self._writer.write(bytes(self._output))
            self._output.clear()
            await self._writer.drain()

    async def _hang_up(self) -> None:
        await self._flush()
        raise Hangup

    async def _wait(self, rule: Rule) -> None:
        if rule.delay:
            await self._flush()
            await rule.wait()

    async def _answer(self, phase: Phase, line: str, *, domains: set[str] | None = None) -> bool:
        """Say ``line`` unless the script has other plans. True if the client may go on."""
        rule = self._sink.script.fire(phase, domains or ())
        if rule is None:
            self._say(line)
            return True
        await self._wait(rule)
        if rule.drop == "before":
            await self._hang_up()
        self._say(f"{rule.code} {rule.text}" if rule.code else line)
        if rule.drop == "after" or rule.code == 421:
            await self._hang_up()
        return rule.code is None or rule.code < 400

    # Commands -----------------------------------------------------------------------
    async def _obey(self, verb: str, rest: bytes) -> None:
        if not self._secure:
            self._sink.heard_in_clear.add(verb)
        command = getattr(self, f"do_{verb.lower()}", None) if verb in VERBS else None
        if command is None:
            self._say("502 5.5.1 no such command")
        else:
            await command(rest)

    async def do_helo(self, _rest: bytes) -> None:
        """The old greeting: offers nothing."""
        self._forget()
        await self._answer("ehlo", "250 sink")

    async def do_rset(self, _rest: bytes) -> None:
        """Forget the envelope."""
        self._forget()
        self._say("250 2.0.0 done")

    async def do_noop(self, _rest: bytes) -> None:
        """Nothing."""
        self._say("250 2.0.0 done")

    async def do_quit(self, _rest: bytes) -> None:
        """Say goodbye."""
        self._say("221 2.0.0 bye")
        await self._hang_up()

    def _forget(self) -> None:
        self._sender, self._recipients = None, []

    async def do_ehlo(self, _rest: bytes) -> None:
        """Say what is offered."""
        script = self._sink.script
        offers = {
            "PIPELINING": script.pipelining,
            "8BITMIME": script.eightbitmime,
            "SMTPUTF8": script.smtputf8,
            "ENHANCEDSTATUSCODES": True,
            "STARTTLS": script.tls in {"starttls", "required"} and not self._secure,
            "AUTH PLAIN LOGIN": bool(script.user),
        }
        lines = ["sink", *(name for name, offered in offers.items() if offered)]
        lines = [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]
        self._forget()
        await self._answer("ehlo", "\r\n".join(lines))

    async def do_starttls(self, _rest: bytes) -> None:
        """Begin TLS."""
        if self._secure or self._sink.script.tls not in {"starttls", "required"}:
            self._say("502 5.5.1 not offered")
        elif await self._answer("starttls", "220 2.0.0 go ahead"):
            await self._flush()
            # Whatever was sent in clear behind STARTTLS must not be obeyed inside TLS.
            self._input.clear()
            await self._writer.start_tls(self._sink.tls_context)
            self._secure = True

    async def do_auth(self, rest: bytes) -> None:
        """Check name and password."""
        mechanism, _, initial = rest.partition(b" ")
        if mechanism.upper() == b"PLAIN":
            given = _decode(initial or await self._ask(b"")).split(b"\0")[1:]
        elif mechanism.upper() == b"LOGIN":
            user = initial or await self._ask(b"Username:")
            given = [_decode(user), _decode(await self._ask(b"Password:"))]
        else:
            self._say("504 5.5.4 no such mechanism")
            return
        script = self._sink.script
        if given != [script.user.encode(), script.password.encode()]:
            self._say("535 5.7.8 wrong name or password")
        elif await self._answer("auth", "235 2.7.0 welcome"):
            self._known = True

    async def _ask(self, prompt: bytes) -> bytes:
        self._say("334 " + base64.b64encode(prompt).decode())
        return bytes(await self._until(b"\r\n", longest=LONGEST_COMMAND))

    async def do_mail(self, rest: bytes) -> None:
        """Begin an envelope."""
        found = PATH.fullmatch(rest)
        if found is None:
            self._say("501 5.5.4 MAIL FROM:<address>")
        elif refusal := self._not_yet() or self._not_offered(found):
            self._say(refusal)
        elif limit := self._too_much():
            await self._refuse(limit)
        elif await self._answer("mail", "250 2.1.0 sender ok"):
            self._sender = found[1].decode()

    async def _refuse(self, reply: str) -> None:
        self._say(reply)
        if reply.startswith("421"):
            await self._hang_up()

    def _not_yet(self) -> str | None:
        if self._sink.script.tls == "required" and not self._secure:
            return "530 5.7.0 STARTTLS first"
        if not self._known:
            return "530 5.7.0 AUTH first"
        return "503 5.5.1 one MAIL at a time" if self._sender is not None else None

    def _not_offered(self, found: re.Match[bytes]) -> str | None:
        script = self._sink.script
        parameters = found[2].upper().split()
        if not found[1].isascii() and b"SMTPUTF8" not in parameters:
            return "553 5.6.7 not an ASCII address"
        if b"SMTPUTF8" in parameters and not script.smtputf8:
            return "555 5.5.4 SMTPUTF8 is not offered"
        if b"BODY=8BITMIME" in parameters and not script.eightbitmime:
            return "555 5.5.4 8BITMIME is not offered"
        return None

    def _too_much(self) -> str | None:
        script = self._sink.script
        if (
            script.messages_per_session is not None
            and self._messages >= script.messages_per_session
        ):
            return "421 4.7.0 enough for this connection"
        if script.messages_per_second is not None:
            now = time.monotonic()
            while self._recent and self._recent[0] < now - 1:
                self._recent.popleft()
            if len(self._recent) >= script.messages_per_second:
                return "452 4.7.1 too fast"
            self._recent.append(now)
        return _said(script.limit(None))

    async def do_rcpt(self, rest: bytes) -> None:
        """Add a recipient."""
        found = PATH.fullmatch(rest)
        if self._sender is None:
            self._say("503 5.5.1 MAIL first")
        elif found is None or not found[1]:
            self._say("501 5.5.4 RCPT TO:<address>")
        elif not found[1].isascii() and not self._sink.script.smtputf8:
            self._say("553 5.6.7 not an ASCII address")
        elif limit := _said(self._sink.script.limit(_domain(found[1].decode()))):
            await self._refuse(limit)
        else:
            address = found[1].decode()
            if await self._answer("rcpt", "250 2.1.5 recipient ok", domains=_domains([address])):
                self._recipients.append(address)

    async def do_data(self, _rest: bytes) -> None:
        """Take the message."""
        if not self._recipients:
            self._say("503 5.5.1 RCPT first" if self._sender is None else "554 5.5.1 no recipients")
            return
        domains = _domains(self._recipients)
        if not await self._answer("data", "354 end with <CRLF>.<CRLF>", domains=domains):
            return
        # The line end of DATA itself, so that a message without a line has its end as well.
        self._input[:0] = b"\r\n"
        body = await self._until(b"\r\n.\r\n")
        await self._dot(bytes(body.replace(b"\r\n.", b"\r\n")[2:] + b"\r\n"), domains)

    async def _dot(self, data: bytes, domains: set[str]) -> None:
        message = Message(self._sender or "", tuple(self._recipients), data)
        self._forget()
        rule = self._sink.script.fire("dot", domains) or Rule("dot")
        refused = rule.code is not None and rule.code >= 400
        if not refused and rule.drop != "before":
            self._messages += 1
            self._sink.accept(message)
        await self._wait(rule)
        if rule.drop:
            await self._hang_up()
        self._say(f"{rule.code} {rule.text}" if rule.code else "250 2.0.0 accepted")
        if rule.code == 421:
            await self._hang_up()


def _words(line: bytes) -> tuple[str, bytes]:
    verb, _, rest = line.partition(b" ")
    return verb.decode("ascii", "replace").upper(), rest


def _decode(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _said(limit: Limit | None) -> str | None:
    return f"{limit.code} {limit.text}" if limit else None


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _domains(addresses: list[str]) -> set[str]:
    return {_domain(address) for address in addresses}
