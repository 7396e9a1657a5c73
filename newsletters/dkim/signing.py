"""DKIM-Signature lines for finished mails; what many mails share is hashed once."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from newsletters.dkim import canonical
from newsletters.dkim.keys import PrivateKey

LINE_WIDTH = 72
# Signed when they are there (RFC 6376 section 5.4.1; RFC 8058 section 4 asks for List-*).
COVERED = (
    b"from",
    b"to",
    b"subject",
    b"date",
    b"message-id",
    b"reply-to",
    b"mime-version",
    b"content-type",
    b"list-id",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
    b"auto-submitted",
)
# Named once more than they are there, so that nobody can add another one (section 8.15).
SEALED = frozenset(COVERED) - {b"auto-submitted"}
# Sealed even when they are not there: one put in would change what a reader sees or answers.
SEALED_EMPTY = frozenset({b"from", b"to", b"subject", b"date", b"reply-to", b"content-type"})

Names = tuple[bytes, ...]


class Hash(Protocol):
    """What of a ``hashlib`` object is used here."""

    def copy(self) -> "Hash":
        """One that goes on from here by itself."""

    def update(self, data: bytes, /) -> None:
        """Take in more."""

    def digest(self) -> bytes:
        """The hash so far."""


@dataclass(frozen=True)
class SigningKey:
    """A private key and where its public half is published."""

    domain: str
    selector: str
    private: PrivateKey


@dataclass(frozen=True, slots=True)
class BodyStart:
    """The beginning that many bodies share, hashed."""

    length: int = 0
    state: Hash = field(default_factory=hashlib.sha256)


NOTHING_SHARED = BodyStart()


def start_of(shared: bytes) -> BodyStart:
    """Hash what all bodies begin with, up to its last whole line that is not empty."""
    whole_lines = shared[: shared.rfind(b"\r\n") + 2] if b"\r\n" in shared else b""
    # Empty lines at the end may be the end of the body: they wait for what follows.
    kept = whole_lines.rstrip(b" \t\r\n")
    length = whole_lines.find(b"\r\n", len(kept)) + 2 if kept else 0
    return BodyStart(length, hashlib.sha256(canonical.body(shared[:length])))


class Signer:
    """Signs for one domain, with each of its keys."""

    def __init__(self, keys: Iterable[SigningKey]) -> None:
        self._keys = tuple(keys)
        self._frames: dict[Names, list[_Frame]] = {}

    def sign(self, head: bytes, body: bytes, at: int, start: BodyStart = NOTHING_SHARED) -> bytes:
        """The DKIM-Signature lines to stand before ``head``: the same for the same mail.

        ``head`` ends with the CRLF of its last field, ``body`` begins with what
        ``start`` was made of, and ``at`` (t=) is in seconds since 1970. Raises
        ValueError for a head that is none.
        """
        body_hash = _body_hash(body, start)
        names, shared = _head_hash(head)
        frames = self._frames.get(names)
        if frames is None:
            frames = self._frames[names] = [_Frame(key, names) for key in self._keys]
        return b"".join([frame.line(shared, at, body_hash) for frame in frames])


class _Frame:
    """The DKIM-Signature field of one key over one set of fields; open: t=, bh= and b=."""

    def __init__(self, key: SigningKey, names: Names) -> None:
        self._private = key.private
        self._wire = (
            b"DKIM-Signature: v=1; a=%b-sha256; c=relaxed/relaxed;\r\n"
            b" d=%b; s=%b;\r\n t=%%d;\r\n h="
            % tuple(
                word.encode("ascii")
                for word in (key.private.algorithm.value, key.domain, key.selector)
            )
            + _folded(names)
            + b";\r\n bh=%b;\r\n b="
        )
        ((name, value),) = canonical.fields(self._wire)
        # RFC 6376 section 3.7: hashed with an empty b= and without its line end.
        self._relaxed = canonical.field(name, value).removesuffix(b"\r\n")

    def line(self, shared: Hash, at: int, body_hash: bytes) -> bytes:
        """The field for one mail; ``shared`` is the hash of its other fields."""
        state = shared.copy()
        state.update(self._relaxed % (at, body_hash))
        signature = base64.b64encode(self._private.sign(state.digest()))
        pieces = [
            signature[begin : begin + LINE_WIDTH] for begin in range(0, len(signature), LINE_WIDTH)
        ]
        return self._wire % (at, body_hash) + b"\r\n ".join(pieces) + b"\r\n"


def _body_hash(body: bytes, start: BodyStart) -> bytes:
    state = start.state.copy()
    state.update(canonical.body(body[start.length :]))
    return base64.b64encode(state.digest())


def _head_hash(head: bytes) -> tuple[Names, Hash]:
    """The names for "h=" and the hash of the fields they name."""
    found: dict[bytes, list[bytes]] = {}
    for name, value in canonical.fields(head):
        found.setdefault(name, []).append(value)
    names: list[bytes] = []
    relaxed_fields: list[bytes] = []
    for name in COVERED:
        # Section 5.4.2: of several with the same name the lowest comes first.
        present = found.get(name, [])[::-1]
        seal = name in (SEALED if present else SEALED_EMPTY)
        names += [name] * (len(present) + seal)
        relaxed_fields += [canonical.field(name, value) for value in present]
    return tuple(names), hashlib.sha256(b"".join(relaxed_fields))


def _folded(names: Names) -> bytes:
    lines = [b""]
    for name in names:
        if len(lines[-1]) + len(name) > LINE_WIDTH:
            lines.append(b"")
        lines[-1] += name + b":"
    return b"\r\n  ".join(lines).removesuffix(b":")
