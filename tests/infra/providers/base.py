"""What the six APIs have in common: how they check a call, and how a letter is read."""

import base64
import re
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from tests.infra.provider import Letter, Refusal, Request

TOKEN = "a token of no worth"


def bare(address: str) -> str:
    """The address without a name."""
    return address.rpartition("<")[2].rstrip(">")


def must(condition: bool, refusal: Refusal) -> None:
    """Refuse the call unless."""
    if not condition:
        raise refusal


def only(found: dict[str, Any], types: Mapping[str, type]) -> str:
    """The first field that is unknown or of a wrong type; empty when all is well."""
    for name, value in found.items():
        if name not in types or not isinstance(value, types[name]):
            return name
    return ""


def texts(found: object) -> bool:
    """Whether it is an object of strings."""
    return isinstance(found, dict) and all(
        isinstance(part, str) for pair in found.items() for part in pair
    )


class Base:
    """What most of them share."""

    size = 1
    knows_keys = False

    def key(self, _request: Request) -> str:
        """Most know no keys."""
        return ""


def mime_letter(raw: bytes, to: str, delivery: str, tracked: bool | None) -> Letter:
    """What a reader of finished bytes sees."""
    message = parsed(raw)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    headers = {name: " ".join(str(value).split()) for name, value in message.items()}
    words = (headers["Subject"], text.get_content(), html.get_content())
    return Letter(decoded(headers["From"]), to, *words, headers, delivery, tracked)


def form(request: Request) -> dict[str, bytes]:
    """Fields and files of a multipart form, byte for byte (RFC 7578)."""
    boundary = request.headers["Content-Type"].partition("boundary=")[2].encode()
    found = {}
    for part in request.body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)
        assert name is not None
        found[name[1].decode()] = content.removesuffix(b"\r\n")
    return found


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def decoded(address: str) -> str:
    name, bare_address = parseaddr(address)
    return named(name, bare_address)


def named(name: str, address: str) -> str:
    return f"{make_header(decode_header(name))} <{address}>"


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def with_reply(headers: dict[str, str], reply_to: str) -> dict[str, str]:
    return {**headers, "Reply-To": reply_to} if reply_to else dict(headers)
