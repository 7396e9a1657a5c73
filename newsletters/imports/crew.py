"""Cleans a file of rows with as many processes as there are cores."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from newsletters.custom_fields import Field
from newsletters.imports.cleaning import Recipe
from newsletters.imports.staging import Block, blocks, parts, read_block

_ROOT = Path(__file__).resolve().parents[2]
# To start a process costs as much as to clean so many bytes.
_WORTH = 20_000_000
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
            for child in tuple(working):
                assert child.stdout  # noqa: S101  # it was opened as a pipe
                block = read_block(child.stdout)
                if block:
                    yield block
                    continue
                working.remove(child)
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
) -> Iterator[subprocess.Popen[bytes]]:
    given = asdict(recipe) | {"yes_words": sorted(recipe.yes_words)}
    order = {"path": str(path), "part": part, "recipe": given, "base": base}
    child = subprocess.Popen(
        [sys.executable, "-m", "newsletters.imports.cleaner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
    )
    try:
        assert child.stdin  # noqa: S101  # it was opened as a pipe
        child.stdin.write(json.dumps(order).encode())
        child.stdin.close()
        yield child
    finally:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()
