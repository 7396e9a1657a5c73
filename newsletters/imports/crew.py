"""Cleans a file of rows with as many processes as there are cores."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, cast

from newsletters.custom_fields import Field
from newsletters.imports.cleaning import Recipe
from newsletters.imports.staging import Block, blocks, parts, read_block

_ROOT = Path(__file__).resolve().parents[2]
# To start a process costs as much as to clean so many bytes.
_WORTH = 5_000_000
_MOST = 4


def clean(path: Path, recipe: Recipe, base: int) -> Iterator[Block]:
    """What becomes of all rows of the file, in no certain order."""
    hands = min(len(os.sched_getaffinity(0)), path.stat().st_size // _WORTH + 1, _MOST)
    if hands == 1:
        yield from blocks(path, (0, path.stat().st_size), recipe, base)
        return
    with ExitStack() as stack:
        working = [
            stack.enter_context(_cleaner(path, part, recipe, base)) for part in parts(path, hands)
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
    path: Path, part: tuple[int, int], recipe: Recipe, base: int
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """A child at work, and what it says."""
    given = asdict(recipe) | {"yes_words": sorted(recipe.yes_words)}
    order = {"path": str(path), "part": part, "recipe": given, "base": base}
    with tempfile.TemporaryFile() as orders:
        orders.write(json.dumps(order).encode())
        orders.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-m", "newsletters.imports.cleaner"],
            stdin=orders,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
        )
    # Always there when it was asked for as a pipe.
    says = cast("IO[bytes]", child.stdout)
    try:
        yield child, says
    finally:
        child.kill()
        child.wait()
        says.close()
