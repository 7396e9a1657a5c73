"""Private keys as files: ``<root>/<domain>/<selector>.pem``, for this program's user alone."""

import contextlib
import os
from functools import lru_cache
from pathlib import Path

from newsletters.dkim.keys import KeyUnusable, PrivateKey, read_pem

# One for each key of each sender domain; reading a key anew takes longer than signing with it.
_parse = lru_cache(maxsize=256)(read_pem)


def path_of(root: Path, domain: str, selector: str) -> Path:
    """Where the private half lies. Both names have been checked before they got a row."""
    return root / domain / f"{selector}.pem"


def store(path: Path, key: PrivateKey) -> None:
    """Write ``key`` with mode 0600. Raises FileExistsError: no key is ever written over."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key.pem())
        file.flush()
        os.fsync(file.fileno())


def load(path: Path, public: str) -> PrivateKey:
    """The private half of ``public``. Raises KeyUnusable when the file is not there or not that."""
    try:
        key = _parse(path.read_bytes())
    except OSError as error:
        raise KeyUnusable("the file cannot be read") from error
    if key.public != public:
        raise KeyUnusable("the file holds another key")
    return key


def forget(path: Path) -> None:
    """Take the file away, if it is on this machine."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
