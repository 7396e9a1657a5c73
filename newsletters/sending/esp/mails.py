"""Our finished message as Anymail wants it: taken apart again, since most APIs build their own."""

from email import message_from_bytes, policy
from email.message import EmailMessage

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
    parsed = message_from_bytes(envelope.message, policy=policy.default)
    if not isinstance(parsed, EmailMessage):
        raise TypeError("not a message")
    message = named(envelope, str(parsed["From"]))
    message.subject = str(parsed["Subject"])
    message.body = _text(parsed, "plain")
    message.reply_to = [str(value) for value in parsed.get_all("Reply-To", [])]
    message.extra_headers = {
        name: plain
        for name, value in parsed.items()
        if name.lower() not in REMADE | left_out and (plain := _plain(str(value)))
    }
    if html := _text(parsed, "html"):
        message.attach_alternative(html, "text/html")
    return message


def whole(envelope: Envelope) -> AnymailMessage:
    """Only who writes to whom: the bytes travel beside it, as they are."""
    return named(envelope, line(envelope.message, "From"))


def named(envelope: Envelope, sender: str) -> AnymailMessage:
    """Sender, address and our delivery id, by which later events find the row.

    Raises ValueError for an address that Anymail would read as another one, or as two.
    """
    if [found.addr_spec for found in parse_address_list([envelope.address])] != [envelope.address]:
        raise ValueError("not one address")
    message = AnymailMessage(from_email=sender, to=[envelope.address])
    message.metadata = {"delivery": str(envelope.delivery)}
    return message


def line(message: bytes, name: str) -> str:
    """One header of finished bytes, decoded; empty when there is none."""
    head = message.partition(b"\r\n\r\n")[0]
    return str(message_from_bytes(head, policy=policy.default).get(name, ""))


def _plain(value: str) -> str:
    one_line = " ".join(value.split())
    if one_line.isascii():
        return one_line
    mark = one_line.rfind("<")
    return one_line[mark:] if mark >= 0 and one_line[mark:].isascii() else ""


def _text(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
