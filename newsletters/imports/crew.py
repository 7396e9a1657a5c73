"""Cleans a file of rows with as many processes as there are cores."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Self, cast

from newsletters.custom_fields import Field
from newsletters.imports import growing
from newsletters.imports.cleaning import Recipe
from newsletters.imports.growing import Share
from newsletters.imports.staging import Block, blocks, read_block

_ROOT = Path(__file__).resolve().parents[2]
# To start a process costs as much as to clean so many bytes.
_WORTH = 5_000_000
_MOST = 4
# So many bytes are one hand's before the next one's begin, so that all have work from the start.
_STRETCH = 2_000_000


@dataclass(frozen=True)
class Rows:
    """A file of rows: about how many bytes it will have, and what its writer says at the end."""

    path: Path
    size: int
    # With how many "rows" there are.
    written: "Future[dict[str, Any]]"

    @classmethod
    def whole(cls, path: Path, count: int) -> Self:
        """A file of so many rows that nobody writes to any more."""
        written: Future[dict[str, Any]] = Future()
        written.set_result({"rows": count})
        return cls(path, path.stat().st_size, written)

    def count(self) -> int:
        """How many rows there are; 0 while nobody knows. Raises what ended the writer."""
        return int(self.written.result()["rows"]) if self.written.done() else 0


def clean(rows: Rows, recipe: Recipe, base: int) -> Iterator[Block]:
    """What becomes of all rows of the file, in no certain order.

    Large files are cleaned while they are still written, small ones behind that. Rows that
    were written before the writer failed are cleaned, too.
    """
    hands = min(len(os.sched_getaffinity(0)), rows.size // _WORTH + 1, _MOST)
    if hands == 1:
        wait([rows.written])
        yield from blocks(growing.rows(rows.path, Share(), lambda: True), recipe, base)
        return
    stretch = min(_STRETCH, rows.size // hands)
    with ExitStack() as stack:
        working = [
            stack.enter_context(_cleaner(rows, Share(at, hands, stretch), recipe, base))
            for at in range(hands)
        ]
        while working:
            for child, says in tuple(working):
                block = read_block(says)
                if block:
                    yield block
                    continue
                working.remove((child, says))
                if child.wait():
                    raise RuntimeError(f"a cleaner of imports ended with {child.returncode}")


def recipe_from(given: dict[str, Any]) -> Recipe:
    """The recipe as another process was given it."""
    return Recipe(
        **given
        | {
            "fields": {int(at): name for at, name in given["fields"].items()},
            "yes_words": frozenset(given["yes_words"]),
            "custom": tuple(
                Field(**field | {"choices": tuple(field["choices"])}) for field in given["custom"]
            ),
        }
    )


@contextmanager
def _cleaner(
    rows: Rows, share: Share, recipe: Recipe, base: int
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """A child at work, and what it says."""
    given = asdict(recipe) | {"yes_words": sorted(recipe.yes_words)}
    order = {"path": str(rows.path), "share": share, "recipe": given, "base": base}
    child = subprocess.Popen(
        [sys.executable, "-m", "newsletters.imports.cleaner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
    )
    # Always there when they were asked for as pipes.
    hears, says = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
    try:
        hears.write(json.dumps(order).encode() + b"\n")
        hears.flush()
        rows.written.add_done_callback(lambda _written: hears.close())
        yield child, says
    finally:
        child.kill()
        child.wait()
        hears.close()
        says.close()
