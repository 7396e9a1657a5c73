"""Key pairs."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from newsletters.dkim import keys
from newsletters.dkim.keys import KeyUnusable
from newsletters.dkim.signing import SigningKey
from newsletters.states import DkimAlgorithm

DIGEST = bytes(range(32))
PKCS8 = PrivateFormat.PKCS8


def test_a_key_read_back_from_its_file_is_the_same(pair: list[SigningKey]) -> None:
    for key in pair:
        again = keys.read_pem(key.private.pem())
        assert again.public == key.private.public
        assert again.sign(DIGEST) == key.private.sign(DIGEST)


def test_a_signature_belongs_to_one_key_and_one_digest(pair: list[SigningKey]) -> None:
    for key in pair:
        algorithm = key.private.algorithm
        public = base64.b64decode(key.private.public)
        signature = key.private.sign(DIGEST)
        assert keys.is_signed(algorithm, public, DIGEST, signature)
        assert not keys.is_signed(algorithm, public, DIGEST[::-1], signature)
        other = base64.b64decode(keys.generate(algorithm).public)
        assert not keys.is_signed(algorithm, other, DIGEST, signature)


def test_the_key_of_rfc_8463_has_the_public_half_of_rfc_8463() -> None:
    seed = base64.b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    pem = Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
        Encoding.PEM, PKCS8, NoEncryption()
    )
    assert keys.read_pem(pem).public == "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def test_no_representation_shows_a_private_key(pair: list[SigningKey]) -> None:
    assert [repr(key.private) for key in pair] == ["PrivateKey(rsa)", "PrivateKey(ed25519)"]
    assert "PrivateKey(rsa)" in repr(pair[0])


def test_what_is_no_key_for_dkim_is_refused(pair: list[SigningKey]) -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024).private_bytes(
        Encoding.PEM, PKCS8, BestAvailableEncryption(b"locked")
    )
    other = dsa.generate_private_key(1024).private_bytes(Encoding.PEM, PKCS8, NoEncryption())
    for pem in (b"", b"-----BEGIN PRIVATE KEY-----\n", short, other, pair[0].private.pem()[:200]):
        with pytest.raises(KeyUnusable):
            keys.read_pem(pem)
    ed25519 = base64.b64decode(pair[1].private.public)
    for algorithm, public in (
        (DkimAlgorithm.RSA, b"no key"),
        (DkimAlgorithm.RSA, ed25519),
        (DkimAlgorithm.ED25519, ed25519[:-1]),
    ):
        with pytest.raises(KeyUnusable):
            keys.is_signed(algorithm, public, DIGEST, b"x")
