"""A mail provider on loopback: speaks one API as the real one does, and fails when told to."""

import json
import ssl
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from typing import Any, Protocol


@dataclass(frozen=True)
class Letter:
    """One mail as the provider understood it."""

    # As it stands in From, decoded.
    sender: str
    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    # Our id for it, out of whatever the API calls it.
    delivery: str
    # What it was told about tracking; None where the API has no such switch.
    tracked: bool | None


@dataclass(frozen=True)
class Request:
    """One call."""

    path: str
    headers: Message
    body: bytes

    def json(self) -> Any:
        """The body; raises Refusal when it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refusal(400, {"message": "malformed JSON"}) from None


@dataclass
class Refusal(Exception):
    """The whole call is refused."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


class Api(Protocol):
    """What differs between the providers."""

    name: str
    # Mails we put into one call, and whether a repeated call is known again.
    size: int
    knows_keys: bool

    def settings(self, port: int) -> dict[str, Any]:
        """ANYMAIL for a provider at ``port``."""

    def letters(self, request: Request) -> list[Letter]:
        """The mails of a call. Raises Refusal for what the real API refuses as a whole."""

    def key(self, request: Request) -> str:
        """The idempotency key of a call; empty when it has none."""

    def answer(
        self, letters: list[Letter], bad: set[str]
    ) -> tuple[int, dict[str, Any] | list[Any]]:
        """Status and body when ``bad`` addresses are refused. Raises Refusal for the whole call."""

    def trouble(self, status: int) -> Refusal:
        """What the API says with this status."""


class Trouble(Enum):
    """What can go wrong with a call."""

    BROKEN_BEFORE = "503 before the body was read"
    BROKEN_AFTER = "500 after the mails were taken"
    NONSENSE = "200 with a page of HTML after the mails were taken"
    STALL = "no answer after the mails were taken"
    CUT_DURING = "hung up in the middle of the body"
    CUT_AFTER = "hung up after the mails were taken"


class Provider:
    """The server's memory, and what it is told to do."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.port = 0
        # Addresses it refuses.
        self.bad: set[str] = set()
        # What goes wrong with the next calls, then with all of them.
        self.next: deque[Trouble | Refusal] = deque()
        self.always: Trouble | Refusal | None = None
        # Seconds it thinks about each call.
        self.slow = 0.0
        # Calls it allows in each quarter of a second; the others are 429.
        self.limit = 0
        self._quarters: Counter[int] = Counter()
        # How many calls began, and those that were read to their end.
        self.asked = 0
        self.requests: list[Request] = []
        # How many mails each call brought that was read to its end.
        self.calls: list[int] = []
        self.taken: list[Letter] = []
        # Somebody's mail was taken; and stalled calls may end.
        self.taking = threading.Event()
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._known: dict[str, tuple[int, Any]] = {}

    def busy(self, retry_after: str | None) -> Refusal:
        """429 as the API says it, with or without Retry-After."""
        refusal = self.api.trouble(429)
        if retry_after is not None:
            refusal.headers["Retry-After"] = retry_after
        return refusal

    def trouble(self) -> Trouble | Refusal | None:
        """What goes wrong with this call."""
        with self._lock:
            self.asked += 1
            quarter = int(time.monotonic() * 4)
            self._quarters[quarter] += 1
            if self.limit and self._quarters[quarter] > self.limit:
                return self.busy("0.25")
            return self.next.popleft() if self.next else self.always

    def forget(self) -> None:
        """As if nobody had ever called."""
        self.asked = 0
        self.requests, self.calls, self.taken, self._known = [], [], [], {}

    def take(self, request: Request) -> tuple[int, Any]:
        """Do what the call asks, once for each key. Raises Refusal."""
        with self._lock:
            self.requests.append(request)
            key = self.api.key(request)
            if key in self._known:
                return self._known[key]
            letters = self.api.letters(request)
            self.calls.append(len(letters))
            status, body = self.api.answer(letters, self.bad)
            self.taken += [letter for letter in letters if letter.to not in self.bad]
            self.taking.set()
            if key and self.api.knows_keys:
                self._known[key] = status, body
            return status, body

    def copies(self) -> Counter[str]:
        """How often each address was taken."""
        return Counter(letter.to for letter in self.taken)


@contextmanager
def serving(api: Api, tls: ssl.SSLContext | None = None) -> Iterator[Provider]:
    """The provider on a free port of loopback."""
    provider = Provider(api)

    class Handler(_Handler):
        memory = provider

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    provider.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    memory: Provider
    protocol_version = "HTTP/1.1"
    # Head and body are two writes; the second must not wait for the first to be acknowledged.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """One call."""
        trouble = self.memory.trouble()
        length = int(self.headers["Content-Length"])
        if trouble is Trouble.BROKEN_BEFORE:
            self.close_connection = True
            self._answer(503, {"message": "Service Unavailable"})
        elif trouble is Trouble.CUT_DURING:
            self.rfile.read(length // 2)
            self._hang_up()
        else:
            self._worked_on(Request(self.path, self.headers, self.rfile.read(length)), trouble)

    def _worked_on(self, request: Request, trouble: Trouble | Refusal | None) -> None:
        time.sleep(self.memory.slow)
        try:
            if isinstance(trouble, Refusal):
                raise trouble
            status, body = self.memory.take(request)
        except Refusal as refusal:
            self._answer(refusal.status, refusal.body, refusal.headers)
            return
        match trouble:
            case Trouble.BROKEN_AFTER:
                self._answer(500, {"message": "Internal Server Error"})
            case Trouble.NONSENSE:
                self._answer(200, "<html>It works</html>")
            case Trouble.STALL:
                self.memory.released.wait(30)
                self._hang_up()
            case Trouble.CUT_AFTER:
                self._hang_up()
            case _:
                self._answer(status, body)

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        with suppress(ConnectionError):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""
