"""Notices a database that was put back from a backup, before it lets any mail leave.

The database and a file beside the journals both say how far it has come. The
file is written after the database, so it is ahead only when the database was put
back. Both rise every few seconds while anything runs, and before a journal is let
go: what left after the last rise stands in a journal.
"""

import fcntl
import itertools
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import structlog
from django.conf import settings

from newsletters.sending import journal, kept
from newsletters.services import restores
from newsletters.services.restores import Held, Level

log = structlog.get_logger("newsletters.restores")

BATCH = 1000
# A backup older than this is noticed whatever was sent after it.
RISE_SECONDS = 5.0


def look() -> None:
    """Notice a database that was put back, and hold what it would send; see ``restores.declare``.

    Every job that sends or prepares mail calls this first. A machine that hears
    of a restore from the database adds what its own journals know.
    """
    with _file() as file:
        seen, here = _read(file), restores.level()
        if here < seen or _is_contradicted():
            restores.declare(seen=seen)
            here = restores.level()
        if seen.era < here.era:
            _replay()
        _write(file, restores.rise() if _is_old(file) else here)


def restore() -> tuple[Held | None, int]:
    """What an operator says: a backup was put back. (What waits, mails known to have left since.)

    None when another machine noticed at the same moment.
    """
    with _file() as file:
        held = restores.declare(seen=_read(file))
        known = _replay()
        _write(file, restores.level())
    return held, known


def note() -> None:
    """Rise, and remember it on this machine. Before a journal is let go."""
    with _file() as file:
        _write(file, max(_read(file), restores.rise()))


@contextmanager
def _file() -> Iterator[int]:
    """The level this machine saw last, for one process and thread at a time."""
    root = Path(settings.JOURNAL_ROOT)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(root / "level", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _is_old(file: int) -> bool:
    """Also after the clock was set."""
    return abs(time.time() - os.fstat(file).st_mtime) >= RISE_SECONDS


def _read(file: int) -> Level:
    """What was seen of this database; nothing, when it was another one."""
    words = os.pread(file, 100, 0).split()
    if len(words) != 3 or int(words[0]) != restores.birth():
        return Level()
    return Level(*map(int, words[1:]))


def _write(file: int, level: Level) -> None:
    """In place and always as long: a full disk does not matter."""
    line = b"%020d %020d %020d\n" % (restores.birth(), *level)
    if os.pread(file, 100, 0) != line:
        os.pwrite(file, line, 0)


def _is_contradicted() -> bool:
    """A dead worker's journal has an acceptance the database never heard of."""
    dead = [who for who in journal.workers() if journal.life(who).is_over]
    lines = itertools.chain.from_iterable(kept.acceptances(journal.path_of(who)) for who in dead)
    return any(restores.contradicts(accepted=some) for some in _batches(lines))


def _replay() -> int:
    """Mark what the journals of this machine know as accepted. Returns how many mails that were."""
    paths = [*kept.paths(), *map(journal.path_of, journal.workers())]
    lines = itertools.chain.from_iterable(map(kept.acceptances, paths))
    known = sum(restores.accept(accepted=some) for some in _batches(lines))
    log.info("journals_replayed", accepted=known)
    return known


def _batches(lines: Iterable[tuple[int, datetime]]) -> Iterator[dict[int, datetime]]:
    """The same number twice: the later one counts."""
    rest = iter(lines)
    while some := dict(itertools.islice(rest, BATCH)):
        yield some
