"""A mailing's message compiled once per language and variant: a reader costs a join of bytes.

Fixed parts are encoded when the skeleton is made. What is made per reader: the
To, Date, Message-ID and List-Unsubscribe lines, and the values of the slots.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header, decode_header, make_header
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from django.conf import settings
from django.utils.html import escape

from newsletters import tokens
from newsletters.compose import liquid
from newsletters.compose.fields import LinkMaker, Reader, values
from newsletters.compose.quoted import encode_text, encode_value
from newsletters.compose.slots import Slot, cut, fill
from newsletters.names import one_line

LONGEST_PLAIN = 400
# RFC 2047 section 2: no encoded word is longer.
WORD = 75


@dataclass(frozen=True)
class Letterhead:
    """What is the same for every reader of one version."""

    sender: str
    reply_to: str = ""
    list_id: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Words:
    """Subject, HTML and text of one language and variant, with placeholders."""

    subject: str
    html: str
    text: str

    @property
    def digest(self) -> str:
        """Identifies the content: part of every Message-ID."""
        whole = f"{self.subject}\x00{self.html}\x00{self.text}"
        return hashlib.sha256(whole.encode()).hexdigest()[:10]


class Frame:
    """What stands around the two parts; "=_" is never in quoted-printable, so no text ends one."""

    def __init__(self, digest: str) -> None:
        boundary = f"=_{digest}".encode("ascii")
        self.start = (
            b"MIME-Version: 1.0\r\n"
            b'Content-Type: multipart/alternative; boundary="%b"\r\n\r\n--%b\r\n'
            b"Content-Type: text/plain; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        ) % (boundary, boundary)
        self.between = (
            b"\r\n--%b\r\nContent-Type: text/html; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        ) % boundary
        self.end = b"\r\n--%b--\r\n" % boundary


class Part:
    """One body part: encoded pieces and slots, or Liquid when it holds more than fields."""

    def __init__(self, text: str, prepare: Callable[[str], str]) -> None:
        self._prepare = prepare
        pieces = cut(text)
        self._template = (
            liquid.parse(text, escape_html=prepare is escape) if pieces is None else None
        )
        self._pieces: list[bytes | Slot] = [
            encode_text(piece) if isinstance(piece, str) else piece
            for piece in pieces or []
            if piece
        ]

    def encode(self, found: dict[str, str]) -> bytes:
        """The quoted-printable body for one reader."""
        if self._template is not None:
            return encode_text(liquid.render(self._template, found))
        return b"".join(
            [
                piece
                if isinstance(piece, bytes)
                else encode_value(self._prepare(found[piece.field] or piece.default))
                for piece in self._pieces
            ]
        )


class Skeleton:
    """Everything about one version, language and variant that is the same for all readers."""

    def __init__(self, words: Words, letterhead: Letterhead, links: LinkMaker) -> None:
        self._links = links
        self._digest = words.digest
        self._domain = settings.MAIL_DOMAIN
        self._subject = cut(words.subject)
        self._fixed_subject = self._subject is not None and len(self._subject) == 1
        self._subject_source = words.subject
        self._head = fixed_head(letterhead)
        self._subject_line = header("Subject", words.subject) if self._fixed_subject else b""
        self._text = Part(words.text, str)
        self._html = Part(words.html, escape)
        self._frame = Frame(self._digest)

    def build(self, reader: Reader, address: str, dated: datetime) -> bytes:
        """The whole message for one reader: CRLF lines, no lone dot, same bytes on every call."""
        found = values(reader, self._links)
        return b"".join(
            (
                self._head,
                person_head(
                    address, dated, message_id(reader.delivery, self._digest, self._domain)
                ),
                self._subject_line or self._own_subject(found),
                list_headers(reader.delivery, found["unsubscribe_url"], self._domain),
                self._frame.start,
                self._text.encode(found),
                self._frame.between,
                self._html.encode(found),
                self._frame.end,
            )
        )

    def _own_subject(self, found: dict[str, str]) -> bytes:
        if self._subject is None:
            template = liquid.parse(self._subject_source, escape_html=False)
            return header("Subject", " ".join(liquid.render(template, found).split()))
        return header("Subject", " ".join(fill(self._subject, found).split()))


def header(name: str, value: str) -> bytes:
    """One header, folded and encoded where it must be (RFC 2047).

    Raises LineRefused for what would be more than one line.
    """
    one_line(value)
    # A very long word would make a line no server takes, and "=?" would be read as encoded.
    plain = value.isascii() and "=?" not in value and len(value) < LONGEST_PLAIN
    charset = "us-ascii" if plain else "utf-8"
    encoded = Header(value, charset, WORD, name).encode(linesep="\r\n")
    return f"{name}: {encoded}\r\n".encode("ascii")


def person_head(address: str, dated: datetime, identity: bytes) -> bytes:
    """Who gets this mail, since when it exists and which one it is."""
    return b"To: %b\r\nDate: %b\r\nMessage-ID: %b\r\n" % (
        one_line(address).encode(),
        date_line(dated),
        identity,
    )


def message_id(delivery: int, digest: str, domain: str) -> bytes:
    """Stable for this delivery and content; the delivery can be read back from it by us alone."""
    return f"<{tokens.seal_local(tokens.MESSAGE_ID, delivery)}.{digest}@{domain}>".encode("ascii")


def return_path(delivery: int, domain: str) -> str:
    """The envelope sender: a bounce to it names its delivery and cannot be forged."""
    return f"bounce+{tokens.seal_local(tokens.RETURN_PATH, delivery)}@{domain}"


def list_headers(delivery: int, url: str, domain: str) -> bytes:
    """RFC 2369 and RFC 8058: the https way first, then the mailto way, and the one-click pair."""
    leave = tokens.seal_local(tokens.LEAVE_BY_MAIL, delivery)
    return (
        f"List-Unsubscribe: <{url}>,\r\n <mailto:leave+{leave}@{domain}?subject=leave>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    ).encode("ascii")


@lru_cache(maxsize=64)
def _date(second: int) -> bytes:
    return format_datetime(datetime.fromtimestamp(second, UTC)).encode("ascii")


def date_line(moment: datetime) -> bytes:
    """The Date header's value; many mails share a second."""
    return _date(int(moment.timestamp()))


def fixed_head(letterhead: Letterhead) -> bytes:
    """From, Reply-To, List-Id and whatever else is the same for everybody."""
    lines = [_from(letterhead.sender)]
    if letterhead.reply_to:
        lines.append(header("Reply-To", letterhead.reply_to))
    if letterhead.list_id:
        lines.append(f"List-Id: {one_line(letterhead.list_id)}\r\n".encode("ascii"))
    lines += [header(name, value) for name, value in letterhead.headers.items()]
    return b"".join(lines)


def _from(sender: str) -> bytes:
    """A long name in another script takes several encoded words, each of at most 75 characters."""
    name, address = parseaddr(one_line(sender))
    shown = str(make_header(decode_header(name)))
    if shown.isascii():
        return f"From: {sender}\r\n".encode("ascii")
    words = Header(shown, "utf-8", WORD, "From").encode(linesep="\r\n")
    return f"From: {words}\r\n <{address}>\r\n".encode("ascii")
