"""The worker's journal: written before the final dot and after the reply; survives kill -9.

One file for each lane of a process, held under an exclusive lock for as long as
the process lives: the kernel frees the lock when it dies, which is how a sweeper
knows. Lines: ``m MACHINE`` once, ``b CLAIM DELIVERY`` before the body is sent,
``e CLAIM DELIVERY FATE CODE`` after the reply.
"""

import errno
import fcntl
import os
import re
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from django.conf import settings

from newsletters.sending import kept
from newsletters.sending.replies import Fate

BOOT = Path("/proc/sys/kernel/random/boot_id")
LINE = re.compile(
    r"(?P<kind>[be]) (?P<claim>\d+) (?P<delivery>\d+)(?: (?P<fate>[A-Z]) (?P<code>.*))?\n"
)


class Life(Enum):
    """What a journal's lock says of its worker."""

    ALIVE = 1
    DEAD = 2
    # Dead, and its machine went down since: what was written last may be missing.
    WENT_DOWN = 3
    # No such file here: the worker runs, or ran, on another machine.
    ELSEWHERE = 4

    @property
    def is_over(self) -> bool:
        """True when the worker will certainly never go on."""
        return self in {Life.DEAD, Life.WENT_DOWN}

    @property
    def is_trusted(self) -> bool:
        """True when the journal tells everything the worker did."""
        return self in {Life.ALIVE, Life.DEAD}


@dataclass
class Page:
    """What the journal says of one claim."""

    ended: dict[int, tuple[Fate, str]] = field(default_factory=dict)
    # Begun and not ended: one for a relay, all mails of one call for a provider.
    begun: set[int] = field(default_factory=set)


class Journal:
    """The journal one lane of this process writes."""

    def __init__(self, root: Path | None = None) -> None:
        folder = root or settings.JOURNAL_ROOT
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.worker = f"{os.getpid()}-{secrets.token_hex(8)}"
        self.host = socket.gethostname()[:120]
        self._path = folder / f"{self.worker}.log"
        draft = self._path.with_suffix(".new")
        flags = os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC
        self._file = os.open(draft, flags, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._name_machine()
        # Under its name only once it is locked: nobody ever sees it without its lock.
        draft.rename(self._path)
        self._fresh = os.fstat(self._file).st_size

    def begin(self, claim: int, *deliveries: int) -> None:
        """The bodies of these are about to be sent in one go. OSError: they must not be."""
        self._append(b"".join([b"b %d %d\n" % (claim, delivery) for delivery in deliveries]))

    def end(self, claim: int, delivery: int, fate: Fate, code: str) -> None:
        """The relay has answered for this delivery, or the connection is gone (UNSURE)."""
        self._append(f"e {claim} {delivery} {fate} {code}\n".encode("ascii", "replace"))

    @property
    def is_fresh(self) -> bool:
        """True while nothing was begun since it was made or cleared."""
        return os.fstat(self._file).st_size == self._fresh

    def clear(self) -> None:
        """Start afresh. Only when no claim is left: everything is in the database.

        What it told is kept; where that cannot be written, it goes on as it is.
        """
        if kept.keep(self._path):
            os.ftruncate(self._file, 0)
            self._name_machine()

    def _name_machine(self) -> None:
        self._append(f"m {_machine()}\n".encode("ascii"))

    def _append(self, line: bytes) -> None:
        """All of it or nothing: half a line on a full disk would spoil the next one."""
        written = os.write(self._file, line)
        if written != len(line):
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
            raise OSError(errno.ENOSPC, "the journal cannot be written")


def life(worker: str) -> Life:
    """Whether the process that wrote ``worker``'s journal still lives."""
    try:
        handle = os.open(path_of(worker), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return Life.ELSEWHERE
    try:
        # Shared, so that two who look at once do not take each other for the worker.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        first = os.read(handle, 100).partition(b"\n")[0]
    except BlockingIOError:
        return Life.ALIVE
    finally:
        os.close(handle)
    return Life.DEAD if first == f"m {_machine()}".encode("ascii") else Life.WENT_DOWN


def pages(worker: str, only: int | None = None) -> dict[int, Page]:
    """Everything ``worker`` wrote, by claim, or of one claim alone.

    Empty when the file is not on this machine. A million mails leave 36 MB: who
    needs one claim names it, and the others are not taken apart.
    """
    found: dict[int, Page] = {}
    wanted = ("",) if only is None else (f"b {only} ", f"e {only} ")
    for line in _lines(worker, wanted):
        page = found.setdefault(int(line["claim"]), Page())
        delivery = int(line["delivery"])
        if line["kind"] == "b":
            page.begun.add(delivery)
        elif line["fate"]:
            page.ended[delivery] = (Fate(line["fate"]), line["code"])
            page.begun.discard(delivery)
    return found


def workers() -> list[str]:
    """Everybody whose journal is on this machine."""
    return sorted(path.stem for path in Path(settings.JOURNAL_ROOT).glob("*.log"))


def remove(worker: str) -> None:
    """Let the journal of a dead worker go whose claims are all settled; what it told is kept."""
    if kept.keep(path_of(worker)):
        path_of(worker).unlink(missing_ok=True)


def path_of(worker: str) -> Path:
    """Where ``worker`` writes, or wrote, on this machine."""
    return Path(settings.JOURNAL_ROOT) / f"{worker}.log"


def _machine() -> str:
    """Names this run of the machine; another one after it went down. Empty where nobody knows."""
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _lines(worker: str, wanted: tuple[str, ...]) -> Iterator[re.Match[str]]:
    try:
        # A power cut may leave anything at the end of a file.
        with path_of(worker).open(encoding="ascii", errors="replace") as file:
            for line in file:
                # A line without its end was being written at the kill: its mail was not yet begun.
                if line.startswith(wanted) and (found := LINE.fullmatch(line)):
                    yield found
    except FileNotFoundError:
        return
