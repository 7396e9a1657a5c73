"""Folders for what is only wanted while work is done: gone with it, and soon after a kill."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from django.conf import settings

_LOCK = ".lock"


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder in private storage, readable by us alone; it and all in it go afterwards.

    When the process dies first, the kernel lets go of its lock, and ``sweep`` takes the folder.
    """
    with _claim() as lock:
        path = Path(lock.name).with_suffix("")
        path.mkdir(mode=0o700)
        try:
            yield path
        finally:
            _remove(path)


def sweep() -> int:
    """Take away the folders of the dead; whoever is frozen keeps hers. Returns how many."""
    taken = 0
    for name in _root().glob(f"*{_LOCK}"):
        with suppress(FileNotFoundError, BlockingIOError), name.open("r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            taken += _remove(name.with_suffix(""))
    return taken


def _claim() -> IO[bytes]:
    """A lock of our own, taken before there is anything it stands for."""
    while True:
        lock = (_root() / f"{secrets.token_hex(16)}{_LOCK}").open("xb")
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(lock.fileno()).st_nlink:
                return lock
        # A sweep came between the file and its lock, and took it for a dead one's.
        lock.close()


def _remove(path: Path) -> bool:
    """Whether all of it went: a child of the dead may write still, then the next sweep comes by."""
    shutil.rmtree(path, ignore_errors=True)
    is_gone = not path.exists()
    if is_gone:
        # Last, for it tells of the folder.
        path.with_suffix(_LOCK).unlink(missing_ok=True)
    return is_gone


def _root() -> Path:
    root = Path(settings.PRIVATE_ROOT) / "scratch"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root
