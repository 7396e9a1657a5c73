"""Key pairs: made, read, written, and what each signs with."""

import base64
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)

from newsletters.states import DkimAlgorithm

RSA_BITS = 2048
# RFC 8301 section 3.2: verifiers must not take shorter ones.
SHORTEST_RSA_BITS = 1024
PADDING = padding.PKCS1v15()
HASHED = Prehashed(SHA256())


class KeyUnusable(ValueError):
    """What should be a key is none, or none DKIM can use."""


@dataclass(frozen=True)
class PrivateKey:
    """The private half. Its representation shows nothing of it."""

    _key: RSAPrivateKey | Ed25519PrivateKey

    @property
    def algorithm(self) -> DkimAlgorithm:
        """What it signs with."""
        is_rsa = isinstance(self._key, RSAPrivateKey)
        return DkimAlgorithm.RSA if is_rsa else DkimAlgorithm.ED25519

    @property
    def public(self) -> str:
        """The public half as it stands behind "p=" (RFC 6376 section 3.6.1, RFC 8463 section 4)."""
        half = self._key.public_key()
        if isinstance(half, Ed25519PublicKey):
            raw = half.public_bytes(Encoding.Raw, PublicFormat.Raw)
        else:
            raw = half.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(raw).decode("ascii")

    def sign(self, digest: bytes) -> bytes:
        """The signature over a SHA-256 ``digest``; the same on every call."""
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(digest)
        return self._key.sign(digest, PADDING, HASHED)

    def pem(self) -> bytes:
        """For its file, which nobody but this program may read."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def __repr__(self) -> str:
        return f"PrivateKey({self.algorithm})"


def generate(algorithm: str) -> PrivateKey:
    """A new pair: RSA of 2048 bits or Ed25519."""
    if algorithm == DkimAlgorithm.ED25519:
        return PrivateKey(Ed25519PrivateKey.generate())
    return PrivateKey(generate_private_key(public_exponent=65537, key_size=RSA_BITS))


def read_pem(pem: bytes) -> PrivateKey:
    """The pair a file holds. Raises KeyUnusable when it holds none that can be used."""
    try:
        key = load_pem_private_key(pem, password=None)
    # TypeError: the file is locked with a password.
    except (ValueError, TypeError) as error:
        raise KeyUnusable("no private key") from error
    if isinstance(key, RSAPrivateKey) and key.key_size >= SHORTEST_RSA_BITS:
        return PrivateKey(key)
    if isinstance(key, Ed25519PrivateKey):
        return PrivateKey(key)
    raise KeyUnusable("neither RSA of at least 1024 bits nor Ed25519")


def is_signed(algorithm: str, public: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether ``signature`` over ``digest`` was made with the private half of ``public``.

    ``public`` is what stood, decoded, behind "p=". Raises KeyUnusable when it is no key.
    """
    try:
        if algorithm == DkimAlgorithm.ED25519:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, digest)
        else:
            _rsa(public).verify(signature, digest, PADDING, HASHED)
    except InvalidSignature:
        return False
    except ValueError as error:
        raise KeyUnusable("no public key") from error
    return True


def _rsa(public: bytes) -> RSAPublicKey:
    key = load_der_public_key(public)
    if not isinstance(key, RSAPublicKey) or key.key_size < SHORTEST_RSA_BITS:
        raise KeyUnusable("no RSA key of at least 1024 bits")
    return key
