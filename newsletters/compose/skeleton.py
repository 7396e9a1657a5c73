"""A mailing's message compiled once per language and variant: a reader costs a join of bytes.

Fixed parts are encoded when the skeleton is made. What is made per reader: the
To, Date, Message-ID and List-Unsubscribe lines, and the values of the slots.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.utils.html import escape
from liquid.template import BoundTemplate

from newsletters.compose import liquid
from newsletters.compose.fields import (
    COUNTED,
    GETTERS,
    Getter,
    LinkMaker,
    Reader,
    getter,
    is_slot,
    values,
)
from newsletters.compose.heads import Identity, Letterhead, fixed_head, header, person_head
from newsletters.compose.quoted import encode_text, encode_value
from newsletters.compose.slots import Slot, cut
from newsletters.compose.subjects import Subject
from newsletters.dkim.signing import start_of

MARKUP = re.compile("[&<>\"']")


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
        self.head = (
            b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="%b"\r\n'
        ) % boundary
        self.start = (
            b"--%b\r\nContent-Type: text/plain; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        ) % boundary
        self.between = (
            b"\r\n--%b\r\nContent-Type: text/html; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        ) % boundary
        self.end = b"\r\n--%b--\r\n" % boundary


@dataclass(frozen=True)
class Place:
    """A slot in one of the parts, with what makes its value safe there."""

    slot: Slot
    escaped: bool


class Filling(NamedTuple):
    """What stands in for one place, and where its pieces are."""

    get: Getter
    default: str
    escaped: bool
    where: list[int]


@dataclass(frozen=True)
class Blank:
    """A part that holds more than plain fields: made by Liquid for each reader."""

    template: BoundTemplate


class Body:
    """Both parts as one row of pieces: fixed bytes, and places that are filled in."""

    def __init__(self, words: Words, frame: Frame) -> None:
        pieces = [
            frame.start,
            *_pieces(words.text, escaped=False),
            frame.between,
            *_pieces(words.html, escaped=True),
            frame.end,
        ]
        self._pieces: list[bytes] = []
        places: dict[Place, list[int]] = {}
        self._blanks: list[tuple[int, Blank]] = []
        for piece in _merged(pieces):
            if isinstance(piece, Place):
                places.setdefault(piece, []).append(len(self._pieces))
            elif isinstance(piece, Blank):
                self._blanks.append((len(self._pieces), piece))
            self._pieces.append(piece if isinstance(piece, bytes) else b"")
        self._fillings = [
            Filling(getter(place.slot.field), place.slot.default, place.escaped, where)
            for place, where in places.items()
        ]
        # What a Blank may ask for.
        self._getters = {**GETTERS, **_counted(words)}
        # What every reader's body begins with; a signature need not look at it twice.
        self.shared = self._pieces[0]

    def write(self, reader: Reader, links: LinkMaker) -> bytes:
        """Both parts for one reader, quoted-printable."""
        pieces = self._pieces.copy()
        for get, default, escaped, where in self._fillings:
            found = get(reader, links) or default
            encoded = encode_value(_escaped(found) if escaped else found)
            for at in where:
                pieces[at] = encoded
        if self._blanks:
            known = values(reader, links, self._getters)
            for at, blank in self._blanks:
                pieces[at] = encode_text(liquid.render(blank.template, known))
        return b"".join(pieces)


class Skeleton:
    """Everything about one version, language and variant that is the same for all readers."""

    def __init__(self, words: Words, letterhead: Letterhead, links: LinkMaker) -> None:
        self._links = links
        self._digest = words.digest
        self._identity = Identity(settings.MAIL_DOMAIN)
        self._subject = Subject(words.subject)
        self._head = fixed_head(letterhead)
        self._subject_line = header("Subject", words.subject) if self._subject.is_fixed else b""
        self._frame = Frame(self._digest)
        self._body = Body(words, self._frame)
        # For whoever signs it.
        self.sender = letterhead.sender
        self.start = start_of(self._body.shared)

    def head(self, reader: Reader, address: str, dated: datetime) -> bytes:
        """The header fields for one reader: CRLF lines, the last one ended, no empty line."""
        return b"".join(
            (
                self._head,
                person_head(
                    address, dated, self._identity.message_id(reader.delivery, self._digest)
                ),
                self._subject_line or self._own_subject(reader),
                self._identity.list_headers(reader.delivery, self._links.unsubscribe(reader)),
                self._frame.head,
            )
        )

    def body(self, reader: Reader) -> bytes:
        """The body for one reader: CRLF lines, no lone dot, same bytes on every call."""
        return self._body.write(reader, self._links)

    def build(self, reader: Reader, address: str, dated: datetime) -> bytes:
        """The whole message for one reader."""
        return b"".join((self.head(reader, address, dated), b"\r\n", self.body(reader)))

    def _own_subject(self, reader: Reader) -> bytes:
        return header("Subject", self._subject.fill(values(reader, self._links)))


def _pieces(text: str, *, escaped: bool) -> Iterable[bytes | Place | Blank]:
    cuts = cut(text, is_slot)
    if cuts is None:
        return [Blank(liquid.parse(text, escape_html=escaped, is_known=is_slot))]
    return [
        encode_text(piece) if isinstance(piece, str) else Place(piece, escaped)
        for piece in cuts
        if piece
    ]


def _counted(words: Words) -> dict[str, Getter]:
    found = COUNTED.findall(words.text + words.html)
    return {name: getter(name) for name in found}


def _merged(pieces: list[bytes | Place | Blank]) -> list[bytes | Place | Blank]:
    """Neighbouring fixed pieces as one."""
    merged: list[bytes | Place | Blank] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            merged[-1] = last + piece
        else:
            merged.append(piece)
    return merged


def _escaped(text: str) -> str:
    """Most names hold nothing that HTML would read, and neither does a link of ours."""
    return str(escape(text)) if MARKUP.search(text) else text
