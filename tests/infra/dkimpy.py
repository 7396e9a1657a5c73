"""Signatures checked by somebody else's code: dkimpy reads the mail, takes it apart and decides.

For Ed25519 dkimpy asks PyNaCl, which is not among our packages; ``cryptography``
stands in for its one question. That our Ed25519 is everybody's is proved by the
mail of RFC 8463 (tests/newsletters/dkim/test_verifying.py).
"""

import base64
from collections.abc import Mapping
from types import SimpleNamespace

import dkim
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class VerifyKey:
    """As ``nacl.signing.VerifyKey``."""

    def __init__(self, key: bytes, encoder: object) -> None:
        assert encoder is base64
        self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raises InvalidSignature."""
        self._key.verify(signature, message)


if not hasattr(dkim, "nacl"):
    dkim.nacl = SimpleNamespace(
        signing=SimpleNamespace(VerifyKey=VerifyKey),
        encoding=SimpleNamespace(Base64Encoder=base64),
        exceptions=SimpleNamespace(ValueError=ValueError, BadSignatureError=InvalidSignature),
    )


def holds(mail: bytes, published: Mapping[str, str]) -> list[bool]:
    """Whether dkimpy believes each DKIM-Signature of ``mail``; ``published``: name → TXT."""

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        assert timeout
        return published.get(name.decode("ascii").rstrip("."), "").encode("ascii")

    head = mail.partition(b"\r\n\r\n")[0].lower()
    count = (b"\r\n" + head).count(b"\r\ndkim-signature:")
    try:
        return [dkim.DKIM(mail).verify(idx=number, dnsfunc=look_up) for number in range(count)]
    except (dkim.DKIMException, ValueError):
        return [False] * count
