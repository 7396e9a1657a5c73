"""Reading a signature as a receiver does: from the mail and the published record alone."""

import base64
import hashlib
import re
from collections.abc import Callable

from newsletters.dkim import canonical, records
from newsletters.dkim.keys import KeyUnusable, is_signed
from newsletters.dkim.records import Record, RecordUnusable

SIGNATURE = b"dkim-signature"
NEEDED = ("v", "a", "b", "bh", "d", "h", "s")
# Everything behind "b=" up to the next tag; "bh=" is another tag.
OWN_VALUE = re.compile(rb"((?:^|;)\s*b\s*=)[^;]*")

# The text of the TXT record at a name, None when there is none.
Lookup = Callable[[str], str | None]


class NotSigned(ValueError):
    """A mail or a signature that proves nothing; the message says why."""


def verify(mail: bytes, lookup: Lookup) -> list[str]:
    """The domains whose signatures on ``mail`` hold, one for each DKIM-Signature line, in order.

    Raises NotSigned when there is none, or one does not hold. Knows what is
    signed here and no more: relaxed/relaxed, SHA-256, no l=.
    """
    head, _blank, body = mail.partition(b"\r\n\r\n")
    try:
        fields = canonical.fields(head + b"\r\n")
    except ValueError as error:
        raise NotSigned(str(error)) from error
    signatures = [value for name, value in fields if name == SIGNATURE]
    if not signatures:
        raise NotSigned("no DKIM-Signature")
    return [_check(value, fields, body, lookup) for value in signatures]


def _check(value: bytes, fields: list[canonical.Field], body: bytes, lookup: Lookup) -> str:
    tags = _tags(value)
    digest = base64.b64encode(hashlib.sha256(canonical.body(body)).digest()).decode("ascii")
    if _bare(tags["bh"]) != digest:
        raise NotSigned("the body was changed")
    names = [name.strip().lower().encode("ascii") for name in tags["h"].split(":")]
    if b"from" not in names:
        raise NotSigned("From is not covered")
    own = canonical.field(SIGNATURE, OWN_VALUE.sub(rb"\1", value)).removesuffix(b"\r\n")
    hashed = hashlib.sha256(_covered(names, fields) + own).digest()
    record = _record(tags, lookup)
    try:
        signature = base64.b64decode(_bare(tags["b"]), validate=True)
        holds = is_signed(record.algorithm, record.key, hashed, signature)
    except (KeyUnusable, ValueError) as error:
        raise NotSigned(str(error)) from error
    if not holds:
        raise NotSigned("the head was changed, or another key signed")
    return tags["d"]


def _tags(value: bytes) -> dict[str, str]:
    try:
        tags = records.read_tags(value.decode("ascii"))
    except ValueError as error:
        raise NotSigned("the signature is no tag list") from error
    if any(name not in tags for name in NEEDED) or tags["v"] != "1":
        raise NotSigned("the signature lacks a tag")
    if tags.get("c") != "relaxed/relaxed" or "l" in tags:
        raise NotSigned("not a signature as it is made here")
    return tags


def _record(tags: dict[str, str], lookup: Lookup) -> Record:
    text = lookup(records.name_of(tags["s"], tags["d"]))
    if text is None:
        raise NotSigned("no record is published")
    try:
        record = records.read(text)
    except RecordUnusable as error:
        raise NotSigned(f"the record is {error.code}") from error
    if tags["a"] != f"{record.algorithm}-sha256":
        raise NotSigned("the record is for another algorithm")
    return record


def _covered(names: list[bytes], fields: list[canonical.Field]) -> bytes:
    """The fields "h=" names: of several with one name the lowest first; one too many is nothing."""
    left: dict[bytes, list[bytes]] = {}
    for name, value in fields:
        left.setdefault(name, []).append(value)
    return b"".join(canonical.field(name, left[name].pop()) for name in names if left.get(name))


def _bare(text: str) -> str:
    return "".join(text.split())
