"""Sealed tokens: the secret part of every link in a mail.

A token holds two row ids and a small number, encrypted and authenticated under
a key of its purpose (deterministic: the 128-bit tag is also the seed of the key
stream, the SIV construction of RFC 5297). The keyed hash is BLAKE2b, made to be
a MAC in one pass (RFC 7693 section 2.9): a mailing needs four tokens for each
reader, and HMAC-SHA256 took a third of the time a mail costs.
So a token names nobody to whoever reads it, cannot be guessed or altered,
opens without a table, still opens when the mailing is long deleted, and one
made for one purpose is noise to every other.
"""

import base64
import hmac
import re
import struct
import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

from django.conf import settings

TAG_BYTES = 16
HOUR = 3600

UNSUBSCRIBE = "newsletters.unsubscribe"
PREFERENCES = "newsletters.preferences"
CONFIRM_SUBSCRIPTION = "newsletters.confirm_subscription"
CHANGE_ADDRESS = "newsletters.change_address"
ACCESS = "newsletters.access"
MESSAGE_ID = "newsletters.message_id"
LEAVE_BY_MAIL = "newsletters.leave_by_mail"
RETURN_PATH = "newsletters.return_path"
OPENED = "newsletters.opened"
CLICKED = "newsletters.clicked"

# Two ids and a stamp.
_FORM = struct.Struct(">QQI")
_LOCAL_FORM = struct.Struct(">Q")
# Python's decoders skip or translate signs that are not of their alphabet.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{48}")
_LOCAL_TOKEN = re.compile(r"[A-Fa-f0-9]{48}")


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


class Sealer:
    """Makes the tokens of one purpose under the present key; for many in a row."""

    def __init__(self, purpose: str) -> None:
        self._pair = _pair(purpose, settings.SECRET_KEY)

    def seal(self, first: int, second: int, stamp: int) -> bytes:
        """48 characters, safe in a URL path."""
        return base64.urlsafe_b64encode(self._pair.close(_FORM.pack(first, second, stamp)))

    def seal_local(self, number: int) -> str:
        """48 characters for the local part of a mail address; case does not matter."""
        return self._pair.close(_LOCAL_FORM.pack(number)).hex()


def seal(purpose: str, first: int, second: int = 0, stamp: int | None = None) -> str:
    """A token of 48 characters, safe in a URL path. ``stamp`` is the present hour unless given."""
    moment = this_hour() if stamp is None else stamp
    return Sealer(purpose).seal(first, second, moment).decode("ascii")


def unseal(purpose: str, token: str) -> Sealed | None:
    """What was sealed for ``purpose``; None when it is not ours, altered or of another purpose."""
    if not _TOKEN.fullmatch(token):
        return None
    form = _open(purpose, base64.urlsafe_b64decode(token))
    return None if form is None else Sealed(*_FORM.unpack(form))


def seal_local(purpose: str, number: int) -> str:
    """A token for the local part of a mail address: 48 characters, case does not matter."""
    return Sealer(purpose).seal_local(number)


def unseal_local(purpose: str, token: str) -> int | None:
    """The number behind ``seal_local``, or None."""
    if not _LOCAL_TOKEN.fullmatch(token):
        return None
    form = _open(purpose, bytes.fromhex(token))
    return None if form is None else int(_LOCAL_FORM.unpack(form)[0])


class _Pair:
    """The two keys of a purpose, as hashes that have taken them in and are only copied."""

    def __init__(self, tag_key: bytes, stream_key: bytes) -> None:
        self._tag = blake2b(key=tag_key, digest_size=TAG_BYTES)
        self._stream = blake2b(key=stream_key)

    def close(self, form: bytes) -> bytes:
        """Tag and hidden form."""
        tag = self._tag_of(form)
        return tag + self._mix(form, tag)

    def open(self, raw: bytes) -> bytes | None:
        """The form, when its tag is the right one."""
        tag = raw[:TAG_BYTES]
        form = self._mix(raw[TAG_BYTES:], tag)
        return form if hmac.compare_digest(self._tag_of(form), tag) else None

    def _tag_of(self, form: bytes) -> bytes:
        keyed = self._tag.copy()
        keyed.update(form)
        return keyed.digest()

    def _mix(self, data: bytes, tag: bytes) -> bytes:
        keyed = self._stream.copy()
        keyed.update(tag)
        stream = int.from_bytes(keyed.digest()[: len(data)], "big")
        return (int.from_bytes(data, "big") ^ stream).to_bytes(len(data), "big")


def _open(purpose: str, raw: bytes) -> bytes | None:
    """Under the present key or an earlier one."""
    for secret in (settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)):
        form = _pair(purpose, secret).open(raw)
        if form is not None:
            return form
    return None


@lru_cache(maxsize=256)
def _pair(purpose: str, secret: str) -> _Pair:
    base = secret.encode()
    return _Pair(
        hmac.digest(base, f"handbill.token.tag.{purpose}".encode(), "sha256"),
        hmac.digest(base, f"handbill.token.stream.{purpose}".encode(), "sha256"),
    )
