"""Sealed tokens: the secret part of every link in a mail.

A token holds two row ids and a small number, encrypted and authenticated under
a key of its purpose (deterministic: the 128-bit HMAC tag is also the seed of
the key stream, the SIV construction of RFC 5297 with HMAC-SHA256 in place of
CMAC). So it names nobody to whoever reads it, cannot be guessed or altered,
opens without a table, still opens when the mailing is long deleted, and one
made for one purpose is noise to every other.
"""

import base64
import hmac
import re
import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings

TAG_BYTES = 16
LOCAL_TAG_BYTES = 12
HOUR = 3600

UNSUBSCRIBE = "newsletters.unsubscribe"
PREFERENCES = "newsletters.preferences"
CONFIRM_SUBSCRIPTION = "newsletters.confirm_subscription"
MESSAGE_ID = "newsletters.message_id"
LEAVE_BY_MAIL = "newsletters.leave_by_mail"
RETURN_PATH = "newsletters.return_path"

# Python's decoders skip or translate signs that are not of their alphabet.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{48}")
_LOCAL_TOKEN = re.compile(r"[A-Za-z2-7]{32}")


@dataclass(frozen=True)
class Sealed:
    """What a token said. ``stamp`` is the hour it was made (since 1970) or whatever was sealed."""

    first: int
    second: int
    stamp: int

    def is_older_than(self, hours: int) -> bool:
        """True when the token was made more than ``hours`` ago."""
        return this_hour() - self.stamp > hours


def this_hour() -> int:
    """Whole hours since 1970, UTC."""
    return int(time.time()) // HOUR


def hour_of(moment: datetime) -> int:
    """The stamp of a token made at ``moment``."""
    return int(moment.timestamp()) // HOUR


def seal(purpose: str, first: int, second: int = 0, stamp: int | None = None) -> str:
    """A token of 48 characters, safe in a URL path. ``stamp`` is the present hour unless given."""
    moment = this_hour() if stamp is None else stamp
    form = first.to_bytes(8, "big") + second.to_bytes(8, "big") + moment.to_bytes(4, "big")
    tag_key, stream_key = _keys(purpose, settings.SECRET_KEY)
    tag = hmac.digest(tag_key, form, "sha256")[:TAG_BYTES]
    return base64.urlsafe_b64encode(tag + _mix(form, stream_key, tag)).decode("ascii")


def unseal(purpose: str, token: str) -> Sealed | None:
    """What was sealed for ``purpose``; None when it is not ours, altered or of another purpose."""
    if not _TOKEN.fullmatch(token):
        return None
    raw = base64.urlsafe_b64decode(token)
    tag = raw[:TAG_BYTES]
    for secret in _secrets():
        tag_key, stream_key = _keys(purpose, secret)
        form = _mix(raw[TAG_BYTES:], stream_key, tag)
        if hmac.compare_digest(hmac.digest(tag_key, form, "sha256")[:TAG_BYTES], tag):
            return Sealed(
                int.from_bytes(form[:8], "big"),
                int.from_bytes(form[8:16], "big"),
                int.from_bytes(form[16:], "big"),
            )
    return None


def seal_local(purpose: str, number: int) -> str:
    """A token for the local part of a mail address: 32 characters, case does not matter."""
    form = number.to_bytes(8, "big")
    tag_key, stream_key = _keys(purpose, settings.SECRET_KEY)
    tag = hmac.digest(tag_key, form, "sha256")[:LOCAL_TAG_BYTES]
    return base64.b32encode(tag + _mix(form, stream_key, tag)).decode("ascii").lower()


def unseal_local(purpose: str, token: str) -> int | None:
    """The number behind ``seal_local``, or None."""
    if not _LOCAL_TOKEN.fullmatch(token):
        return None
    raw = base64.b32decode(token.upper())
    tag = raw[:LOCAL_TAG_BYTES]
    for secret in _secrets():
        tag_key, stream_key = _keys(purpose, secret)
        form = _mix(raw[LOCAL_TAG_BYTES:], stream_key, tag)
        if hmac.compare_digest(hmac.digest(tag_key, form, "sha256")[:LOCAL_TAG_BYTES], tag):
            return int.from_bytes(form, "big")
    return None


def _secrets() -> list[str]:
    return [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]


@lru_cache(maxsize=256)
def _keys(purpose: str, secret: str) -> tuple[bytes, bytes]:
    base = secret.encode()
    return (
        hmac.digest(base, f"handbill.token.tag.{purpose}".encode(), "sha256"),
        hmac.digest(base, f"handbill.token.stream.{purpose}".encode(), "sha256"),
    )


def _mix(data: bytes, stream_key: bytes, tag: bytes) -> bytes:
    stream = hmac.digest(stream_key, tag, "sha256")[: len(data)]
    mixed = int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")
    return mixed.to_bytes(len(data), "big")
