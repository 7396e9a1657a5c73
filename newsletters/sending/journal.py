"""The worker's journal: written before the final dot and after the reply; survives kill -9.

One file a process, held under an exclusive lock for as long as the process
lives: the kernel frees the lock when it dies, which is how a sweeper knows.
Lines: ``b CLAIM DELIVERY`` before the body is sent, ``e CLAIM DELIVERY FATE CODE``
after the reply. Each is one ``write`` call, so a kill never leaves half a line
that could be read as another.
"""

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from django.conf import settings

from newsletters.sending.replies import Fate


class Life(Enum):
    """What a journal's lock says of its worker."""

    ALIVE = 1
    DEAD = 2
    # No such file here: the worker runs, or ran, on another machine.
    ELSEWHERE = 3


@dataclass
class Page:
    """What the journal says of one claim."""

    ended: dict[int, tuple[Fate, str]] = field(default_factory=dict)
    begun: int | None = None


class Journal:
    """The journal this process writes."""

    def __init__(self, root: Path | None = None) -> None:
        folder = root or settings.JOURNAL_ROOT
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.worker = f"{os.getpid()}-{secrets.token_hex(8)}"
        self.host = socket.gethostname()[:120]
        self._path = folder / f"{self.worker}.log"
        flags = os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC
        self._file = os.open(self._path, flags, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def begin(self, claim: int, delivery: int) -> None:
        """The body of this delivery is about to be sent."""
        os.write(self._file, b"b %d %d\n" % (claim, delivery))

    def end(self, claim: int, delivery: int, fate: Fate, code: str) -> None:
        """The relay has answered for this delivery, or the connection is gone (UNSURE)."""
        os.write(self._file, f"e {claim} {delivery} {fate} {code}\n".encode("ascii", "replace"))

    def clear(self) -> None:
        """Start afresh. Only when this process holds no claim: the database has every mark."""
        os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Remove the journal. Only when this process holds no claim."""
        self._path.unlink(missing_ok=True)
        os.close(self._file)


def life(worker: str) -> Life:
    """Whether the process that wrote ``worker``'s journal still lives."""
    try:
        handle = os.open(_path(worker), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return Life.ELSEWHERE
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return Life.ALIVE
    finally:
        os.close(handle)
    return Life.DEAD


def pages(worker: str) -> dict[int, Page]:
    """Everything ``worker`` wrote, by claim. Empty when the file is not on this machine."""
    found: dict[int, Page] = {}
    for words in _lines(worker):
        page = found.setdefault(int(words[1]), Page())
        delivery = int(words[2])
        if words[0] == "b":
            page.begun = delivery
        else:
            page.ended[delivery] = (Fate(words[3]), " ".join(words[4:]))
            if page.begun == delivery:
                page.begun = None
    return found


def remove_if_dead(worker: str) -> None:
    """Forget the journal of a dead worker whose claims are all swept."""
    if life(worker) is Life.DEAD:
        _path(worker).unlink(missing_ok=True)


def _path(worker: str) -> Path:
    return Path(settings.JOURNAL_ROOT) / f"{worker}.log"


def _lines(worker: str) -> Iterator[list[str]]:
    try:
        with _path(worker).open(encoding="ascii") as file:
            for line in file:
                # A line without its end was being written at the kill: its mail was not yet begun.
                if line.endswith("\n"):
                    yield line.split()
    except FileNotFoundError:
        return
