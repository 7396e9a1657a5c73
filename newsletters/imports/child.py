"""Runs the reader as a child process and takes its answer."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from newsletters.imports.layout import Layout, Wishes, as_json, from_json
from newsletters.imports.limits import CHILD_CPU_SECONDS, LOOK_SECONDS
from newsletters.imports.refusals import FileRefused

_ROOT = Path(__file__).resolve().parents[2]
# A machine that is busy gives the child less than a second of work per second.
_CONVERT_SECONDS = 3 * CHILD_CPU_SECONDS
# SIGABRT: code that is not Python's had no memory left.
_AT_A_LIMIT = {
    -signal.SIGXCPU,
    -signal.SIGKILL,
    -signal.SIGXFSZ,
    -signal.SIGSEGV,
    -signal.SIGABRT,
}


def look(path: Path, wishes: Wishes) -> Layout:
    """How the file is laid out. Raises FileRefused."""
    return from_json(_run(["look", str(path)], vars(wishes), LOOK_SECONDS))


def convert(path: Path, out: Path, layout: Layout) -> dict[str, Any]:
    """Write the rows to ``out``: {"rows", "hidden_rows", "hidden_columns"}. Raises FileRefused."""
    return _run(["convert", str(path), str(out)], as_json(layout), _CONVERT_SECONDS)


def words(path: Path, layout: Layout, columns: dict[int, bool]) -> dict[int, list[str]]:
    """The different words in these columns, as words.words_of says. Raises FileRefused."""
    given = {"layout": as_json(layout), "columns": columns}
    found = _run(["words", str(path)], given, LOOK_SECONDS)
    return {int(at): words for at, words in found.items()}


def _run(arguments: list[str], given: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The child knows no setting and no secret: its environment is empty."""
    try:
        done = subprocess.run(  # noqa: S603  # our own module; the file's name is made by us
            [sys.executable, "-m", "newsletters.imports.reader", *arguments],
            input=json.dumps(given),
            capture_output=True,
            encoding="utf-8",
            cwd=_ROOT,
            env={"PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FileRefused("bomb") from None
    if done.returncode in _AT_A_LIMIT:
        raise FileRefused("bomb")
    if done.returncode:
        raise RuntimeError(f"the reader of imports failed: {done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    if "refused" in answer:
        raise FileRefused(answer["refused"], answer["line"])
    return answer
