"""The head of a mail: fields that are the same for everybody, and those that name one delivery."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header, decode_header, make_header
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from newsletters import tokens
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


class Identity:
    """How one delivery is named in its mail: each name can be read back by us alone."""

    def __init__(self, domain: str) -> None:
        """``domain`` receives the bounces and the mails that ask to leave."""
        self._domain = domain
        self._message = tokens.Sealer(tokens.MESSAGE_ID)
        self._return = tokens.Sealer(tokens.RETURN_PATH)
        self._leave = tokens.Sealer(tokens.LEAVE_BY_MAIL)

    def message_id(self, delivery: int, digest: str) -> bytes:
        """Stable for this delivery and content."""
        return f"<{self._message.seal_local(delivery)}.{digest}@{self._domain}>".encode("ascii")

    def return_path(self, delivery: int) -> str:
        """The envelope sender: a bounce to it names its delivery and cannot be forged."""
        return f"bounce+{self._return.seal_local(delivery)}@{self._domain}"

    def list_headers(self, delivery: int, url: str) -> bytes:
        """RFC 2369, RFC 8058: the https way first, then the mailto way, and the one-click pair."""
        leave = f"leave+{self._leave.seal_local(delivery)}@{self._domain}"
        return (
            f"List-Unsubscribe: <{url}>,\r\n <mailto:{leave}?subject=leave>\r\n"
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        ).encode("ascii")


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
