"""Runs the reader as a child process and takes its answer."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
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
    with converting(path, out, layout) as converted:
        return converted.result()


@contextmanager
def converting(path: Path, out: Path, layout: Layout) -> Iterator["Future[dict[str, Any]]"]:
    """``convert`` beside other work, with its answer to come. It is stopped when left before."""
    out.touch()
    order = [["convert", str(path), str(out)], as_json(layout)]
    with _child() as child, ThreadPoolExecutor(1) as pool:
        try:
            yield pool.submit(_answer, child, order, _CONVERT_SECONDS)
        finally:
            # Otherwise the pool would wait for it.
            child.kill()


def words(path: Path, layout: Layout, columns: dict[int, bool]) -> dict[int, list[str]]:
    """The different words in these columns, as words.words_of says. Raises FileRefused."""
    given = {"layout": as_json(layout), "columns": columns}
    found = _run(["words", str(path)], given, LOOK_SECONDS)
    return {int(at): words for at, words in found.items()}


def _run(arguments: list[str], given: dict[str, Any], seconds: float) -> dict[str, Any]:
    with _child() as child:
        return _answer(child, [arguments, given], seconds)


@contextmanager
def _child() -> Iterator["subprocess.Popen[str]"]:
    """The reader, killed when left. It knows no setting and no secret: no environment."""
    with subprocess.Popen(
        [sys.executable, "-m", "newsletters.imports.reader"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=_ROOT,
        env={"PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"},
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def _answer(child: "subprocess.Popen[str]", order: list[Any], seconds: float) -> dict[str, Any]:
    try:
        said, complained = child.communicate(json.dumps(order), timeout=seconds)
    except subprocess.TimeoutExpired:
        raise FileRefused("bomb") from None
    if child.returncode in _AT_A_LIMIT:
        raise FileRefused("bomb")
    if child.returncode:
        raise RuntimeError(f"the reader of imports failed: {complained[-2000:]}")
    answer: dict[str, Any] = json.loads(said)
    if "refused" in answer:
        raise FileRefused(answer["refused"], answer["line"])
    return answer
