"""The DNS record of a key (RFC 6376 section 3.6.1): written, and read as receivers do."""

import base64
import binascii
import re
from dataclasses import dataclass

from newsletters.states import DkimAlgorithm

# RFC 1035 section 3.3.14: a TXT record is made of strings no longer than this.
LONGEST_STRING = 255
TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class RecordUnusable(ValueError):
    """A record no receiver would verify with. ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Record:
    """What a published record says, as far as it matters here."""

    algorithm: DkimAlgorithm
    # As it stands behind "p=", without white space.
    public: str

    @property
    def key(self) -> bytes:
        """The key itself."""
        return base64.b64decode(self.public)


@dataclass(frozen=True)
class Entry:
    """What the owner of a domain has to publish: a TXT record of this name."""

    name: str
    value: str

    @property
    def quoted(self) -> str:
        """The value in strings a zone file takes."""
        return " ".join(f'"{part}"' for part in strings_of(self.value))


def name_of(selector: str, domain: str) -> str:
    """Where the record stands."""
    return f"{selector}._domainkey.{domain}"


def value_of(algorithm: str, public: str) -> str:
    """What the record says."""
    return f"v=DKIM1; k={algorithm}; p={public}"


def strings_of(value: str) -> list[str]:
    """``value`` cut into strings a TXT record may hold; receivers join them without a space."""
    return [value[start : start + LONGEST_STRING] for start in range(0, len(value), LONGEST_STRING)]


def read(text: str) -> Record:
    """What a TXT record says. Raises RecordUnusable: "other", "version", "revoked" or "unusable".

    "other" is text that was never meant as a key; "revoked" an empty "p=".
    """
    try:
        tags = read_tags(text)
    except ValueError:
        raise RecordUnusable("other") from None
    if "p" not in tags:
        raise RecordUnusable("other")
    # RFC 6376 section 3.6.1: when there is a version, it is this one and stands first.
    if "v" in tags and (tags["v"] != "DKIM1" or next(iter(tags)) != "v"):
        raise RecordUnusable("version")
    public = "".join(tags["p"].split())
    if not public:
        raise RecordUnusable("revoked")
    _check_uses(tags)
    try:
        algorithm = DkimAlgorithm(tags.get("k", "rsa"))
        base64.b64decode(public, validate=True)
    except (ValueError, binascii.Error):
        raise RecordUnusable("unusable") from None
    return Record(algorithm, public)


def read_tags(text: str) -> dict[str, str]:
    """A tag list (RFC 6376 section 3.2). Raises ValueError if it is none or a tag comes twice."""
    tags: dict[str, str] = {}
    for piece in text.rstrip().removesuffix(";").split(";"):
        name, equals, value = piece.partition("=")
        name = name.strip()
        if not equals or not TAG.fullmatch(name) or name in tags:
            raise ValueError("no tag list")
        tags[name] = value.strip()
    return tags


def _check_uses(tags: dict[str, str]) -> None:
    """A key may be kept from mail, or from the hash we use."""
    hashes = [word.strip() for word in tags.get("h", "sha256").split(":")]
    services = {word.strip() for word in tags.get("s", "*").split(":")}
    if "sha256" not in hashes or not services & {"*", "email"}:
        raise RecordUnusable("unusable")
