"""Journals whose marks are all in the database, kept for a month.

A database put back from a backup does not know what left since; these do. They
hold numbers only. One file a day for all workers of a machine: ``t SECONDS``
(when the journal was written last), then the journal's own lines.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO

import structlog
from django.conf import settings

from newsletters.sending.replies import Fate

log = structlog.get_logger("newsletters.journal")

# As long as the oldest backup anybody would put back.
DAYS = timedelta(days=30)
# The clock of files stands still for so long between two ticks.
TICK = 0.01


def keep(path: Path) -> bool:
    """Add a journal to the file of today. False when it could not be written: keep the journal."""
    today = datetime.now(tz=UTC).date()
    target = _folder() / f"{today}.log"
    try:
        _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        if not target.exists():
            _forget(today - DAYS)
        target.touch(mode=0o600)
        with path.open("rb") as journal, target.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            _append(journal, file)
    except FileNotFoundError:
        # Somebody else kept it and let it go.
        return True
    except OSError as error:
        log.warning("journal_not_kept", reason=error.strerror)
        return False
    return True


def acceptances(path: Path) -> Iterator[tuple[int, datetime]]:
    """(delivery, when its journal was written last) for all that were accepted, by a file's lines.

    The file is a journal or one of ``paths``.
    """
    try:
        with path.open("rb") as file:
            moment = _moment(_written_at(file))
            for line in file:
                if line.startswith(b"t "):
                    moment = _moment(float(line[2:]))
                elif (delivery := _accepted(line)) is not None:
                    yield delivery, moment
    except FileNotFoundError:
        return


def paths() -> list[Path]:
    """The days that are kept, oldest first."""
    return sorted(_folder().glob("*.log"))


def _folder() -> Path:
    return Path(settings.JOURNAL_ROOT) / "kept"


def _append(journal: IO[bytes], file: IO[bytes]) -> None:
    """All of it or nothing."""
    before = os.fstat(file.fileno()).st_size
    try:
        file.write(b"t %.6f\n" % _written_at(journal))
        shutil.copyfileobj(journal, file, 1024 * 1024)
        # Its last line may have been cut short by a kill.
        file.write(b"\n")
        file.flush()
    except OSError:
        os.ftruncate(file.fileno(), before)
        raise


def _accepted(line: bytes) -> int | None:
    """``e CLAIM DELIVERY A CODE``; anything else says nothing here."""
    words = line.split(b" ", 4)
    if len(words) == 5 and words[0] == b"e" and words[3] == Fate.ACCEPTED.encode():
        return int(words[2])
    return None


def _written_at(file: IO[bytes]) -> float:
    return os.fstat(file.fileno()).st_mtime + TICK


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def _forget(before: date) -> None:
    for path in paths():
        if path.stem < str(before):
            path.unlink(missing_ok=True)
