"""Reads WordPress exports (WXR 1.x) as a stream, item by item. Pure: knows no database.

The file comes from outside: no document type is accepted (so no entities of
its own and nothing fetched), and every length is limited.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from campaigns.errors import WordPressRefused

MAX_FILE = 200 * 1024 * 1024
MAX_TEXT = 5 * 1024 * 1024
MAX_DEPTH = 30
CHUNK = 64 * 1024

_SPACES = {
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
}
_WORDPRESS = "http://wordpress.org/export/"
_ITEM = ["rss", "channel", "item"]
_AUTHOR = ["rss", "channel", "wp:author"]
_NO_DATE = "0000-00-00 00:00:00"


@dataclass(frozen=True)
class Label:
    """A category or tag of an item."""

    domain: str
    nicename: str
    name: str


@dataclass(frozen=True)
class Item:
    """One item of an export: a post, a page, an attachment …; texts as they stand in the file."""

    fields: dict[str, str]
    labels: list[Label]
    # The display name of its author where the export lists authors, else the login.
    byline: str
    # Of the whole site: "en-GB".
    language: str

    def get(self, name: str) -> str:
        """The text of a child element ("wp:post_name"), stripped; empty when it is missing."""
        return self.fields.get(name, "").strip()

    @property
    def guid(self) -> str:
        """What names this item for ever in the program it comes from."""
        return self.get("guid") or self.get("link")

    @property
    def written_at(self) -> datetime | None:
        """When it was published: the GMT field, else pubDate, else the local field read as UTC."""
        return (
            _sql_time(self.get("wp:post_date_gmt"))
            or _mail_time(self.get("pubDate"))
            or _sql_time(self.get("wp:post_date"))
        )


def read_items(path: Path) -> Iterator[Item]:
    """Every item of the export in ``path``, one at a time.

    Raises WordPressRefused with a sentence as soon as something is wrong, so
    whoever writes while reading must be ready to take it all back.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise WordPressRefused(
                "size",
                _("This file is larger than 200 MB. Export it in parts, one year at a time."),
            )
        with path.open("rb") as file:
            yield from _read(iter(lambda: file.read(CHUNK), b""))
    except OSError as error:
        raise WordPressRefused(
            "file", _("The file cannot be opened: %s.") % error.strerror
        ) from error


def _read(chunks: Iterator[bytes]) -> Iterator[Item]:
    reader = _Reader()
    for chunk in chunks:
        reader.feed(chunk)
        yield from reader.take()
    reader.close()
    yield from reader.take()


@dataclass
class _Element:
    """An open element and its own text so far."""

    name: str
    attributes: dict[str, str]
    parts: list[str] = field(default_factory=list)
    size: int = 0


class _Reader:
    """Turns expat's events into items; keeps one item in memory."""

    def __init__(self) -> None:
        self._open: list[_Element] = []
        self._path: list[str] = []
        self._authors: dict[str, str] = {}
        self._author: dict[str, str] = {}
        self._fields: dict[str, str] = {}
        self._labels: list[Label] = []
        self._done: list[Item] = []
        self._is_export = False
        self._language = ""
        self._parser = self._new_parser()

    def _new_parser(self) -> Any:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        return parser

    def feed(self, chunk: bytes) -> None:
        """Read on."""
        self._parse(chunk, final=False)

    def close(self) -> None:
        """Say that the file is over; raises when it was cut short or no export at all."""
        self._parse(b"", final=True)
        if not self._is_export:
            raise WordPressRefused

    def take(self) -> list[Item]:
        """The items that became complete since the last call."""
        done, self._done = self._done, []
        return done

    def _parse(self, chunk: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(chunk, final)
        except expat.ExpatError as error:
            raise WordPressRefused(
                "xml",
                _("The file is broken at line %(line)s, column %(column)s: %(reason)s.")
                % {
                    "line": error.lineno,
                    "column": error.offset,
                    "reason": expat.ErrorString(error.code),
                },
            ) from None
        except (LookupError, ValueError):
            raise WordPressRefused(
                "encoding", _("The file says it is written in an encoding we cannot read.")
            ) from None

    def _refuse_doctype(self, *_ignored: object) -> None:
        raise WordPressRefused(
            "doctype",
            _("The file declares a document type. WordPress never writes one; it is not read."),
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = _Element(_short(name), attributes)
        self._open.append(element)
        self._path.append(element.name)
        if self._path[0] != "rss":
            raise WordPressRefused
        if len(self._path) > MAX_DEPTH:
            raise WordPressRefused("depth", _("The file is nested deeper than any export is."))
        if self._path == _ITEM:
            if not self._is_export:
                raise WordPressRefused
            self._fields, self._labels = {}, []

    def _text(self, text: str) -> None:
        element = self._open[-1]
        element.size += len(text)
        if element.size > MAX_TEXT:
            raise WordPressRefused(
                "text",
                _("The text that ends after line %s is larger than 5 MB.")
                % self._parser.CurrentLineNumber,
            )
        element.parts.append(text)

    def _end(self, _name: str) -> None:
        element, parent = self._open.pop(), self._path[:-1]
        text = "".join(element.parts)
        if self._path == ["rss", "channel", "wp:wxr_version"]:
            self._check_version(text.strip())
        elif self._path == ["rss", "channel", "language"]:
            self._language = text.strip()
        elif parent == _AUTHOR:
            self._author[element.name] = text.strip()
        elif self._path == _AUTHOR:
            login = self._author.get("wp:author_login", "")
            self._authors[login] = self._author.get("wp:author_display_name") or login
            self._author = {}
        elif parent == _ITEM:
            self._keep(element, text)
        elif self._path == _ITEM:
            login = self._fields.get("dc:creator", "").strip()
            byline = self._authors.get(login, login)
            self._done.append(Item(self._fields, self._labels, byline, self._language))
        self._path.pop()

    def _check_version(self, version: str) -> None:
        if not version.startswith("1."):
            raise WordPressRefused(
                "version", _("This is a WXR file of version %s; we read version 1.") % version
            )
        self._is_export = True

    def _keep(self, element: _Element, text: str) -> None:
        if element.name == "category":
            given = element.attributes
            label = Label(given.get("domain", ""), given.get("nicename", ""), text.strip())
            self._labels.append(label)
        else:
            self._fields.setdefault(element.name, text)


def _short(name: str) -> str:
    """ "wp:post_name" for a name with its namespace in full."""
    space, _space, local = name.rpartition(" ")
    if space.startswith(_WORDPRESS):
        return f"{'excerpt' if space.endswith('/excerpt/') else 'wp'}:{local}"
    return f"{_SPACES.get(space, 'other')}:{local}" if space else local


def _sql_time(text: str) -> datetime | None:
    if text == _NO_DATE:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _mail_time(text: str) -> datetime | None:
    """RFC 2822; WordPress writes the year -0001 for what was never published."""
    try:
        read = parsedate_to_datetime(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
