"""A file of rows, one a line, read by several hands while it may still be written."""

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import IO, NamedTuple


class Share(NamedTuple):
    """What one of ``hands`` reads: of every so many stretches of the file the one ``at``."""

    at: int = 0
    hands: int = 1
    # Bytes.
    stretch: int = 1 << 40


def rows(path: Path, share: Share, is_whole: Callable[[], bool]) -> Iterator[str]:
    """The rows that begin in the share's stretches; a half one at the end is left out.

    ``is_whole`` is asked where the file ends for now, and waits a moment before it says no.
    """
    with path.open("rb") as file:
        for stretch in count(share.at, share.hands):
            first, behind = stretch * share.stretch, (stretch + 1) * share.stretch
            yield from _within(file, first, behind, is_whole)
            if os.fstat(file.fileno()).st_size <= behind and is_whole():
                return


def _within(
    file: IO[bytes], first: int, behind: int, is_whole: Callable[[], bool]
) -> Iterator[str]:
    at = first
    if first:
        # The row that began before belongs to the stretch before.
        at = first - 1
        file.seek(at)
        at += len(_line(file, at, is_whole))
    while at < behind and (line := _line(file, at, is_whole)):
        at += len(line)
        yield line.decode()


def _line(file: IO[bytes], at: int, is_whole: Callable[[], bool]) -> bytes:
    """The line that begins ``at``; nothing behind the last one."""
    line = file.readline()
    ends = False
    while not line.endswith(b"\n"):
        if ends:
            return b""
        # Asked before the file is read again: what came in between is not missed.
        ends = is_whole()
        file.seek(at)
        line = file.readline()
    return line
