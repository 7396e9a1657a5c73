"""Our finished message as Anymail wants it: taken apart again, since most APIs build their own."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import Message
from email.utils import getaddresses

from anymail.message import AnymailMessage
from anymail.utils import parse_address_list

from newsletters.sending.feed import Envelope

# Named by fields of every API, or about bytes that the provider makes anew.
REMADE = frozenset(
    {"from", "to", "subject", "reply-to", "mime-version", "content-type", "date", "dkim-signature"}
)


def parted(envelope: Envelope, left_out: frozenset[str]) -> AnymailMessage:
    """The mail in parts: its own headers but for those ``left_out`` (in small letters).

    A header that is not ASCII keeps what stands in <>, which is the part for
    machines: nobody says how an API encodes the rest, and Brevo does not.
    """
    parsed = message_from_bytes(envelope.message)
    texts = _texts(parsed)
    message = named(envelope, _addresses(parsed, "From")[0])
    message.subject = decoded(parsed.get("Subject", ""))
    message.body = texts.get("text/plain", "")
    message.reply_to = _addresses(parsed, "Reply-To")
    message.extra_headers = {
        name: plain
        for name, value in parsed.items()
        if name.lower() not in REMADE | left_out and (plain := _plain(decoded(value)))
    }
    if "text/html" in texts:
        message.attach_alternative(texts["text/html"], "text/html")
    return message


def whole(envelope: Envelope) -> AnymailMessage:
    """Only who writes to whom: the bytes travel beside it, as they are."""
    return named(envelope, _addresses(head(envelope), "From")[0])


def named(envelope: Envelope, from_whom: str) -> AnymailMessage:
    """Sender, address and our delivery id, by which later events find the row.

    Raises ValueError for an address that Anymail would read as another one, or as two.
    """
    if [found.addr_spec for found in parse_address_list([envelope.address])] != [envelope.address]:
        raise ValueError("not one address")
    message = AnymailMessage(from_email=from_whom, to=[envelope.address])
    message.metadata = {"delivery": str(envelope.delivery)}
    return message


def head(envelope: Envelope) -> Message:
    """The headers as they stand."""
    return message_from_bytes(envelope.message.partition(b"\r\n\r\n")[0])


def decoded(value: str) -> str:
    """One header in one line, as it reads (RFC 2047)."""
    text = " ".join(value.split())
    return str(make_header(decode_header(text))) if "=?" in text else text


def _addresses(parsed: Message, name: str) -> list[str]:
    return [
        str(Address(decoded(shown), addr_spec=address))
        for shown, address in getaddresses(parsed.get_all(name, []))
    ]


def _texts(parsed: Message) -> dict[str, str]:
    """The first text of each kind, with plain line ends."""
    found: dict[str, str] = {}
    for part in parsed.walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            text = content.decode(part.get_content_charset("utf-8"))
            found.setdefault(part.get_content_type(), text.replace("\r\n", "\n"))
    return found


def _plain(value: str) -> str:
    if value.isascii():
        return value
    mark = value.rfind("<")
    return value[mark:] if mark >= 0 and value[mark:].isascii() else ""
