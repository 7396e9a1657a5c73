"""The child process that opens files strangers made, with little memory, time and knowledge.

    python -m newsletters.imports.reader    < [["look", FILE], wishes]
                                            < [["convert", FILE, ROWS], layout]
                                            < [["words", FILE], {layout, columns}]

Answers one JSON object on standard output: the result, or {"refused": code, "line": n}.
ROWS gets one JSON array a line: [line in the file, [cells], problem or ""]; a cell is
null where a formula was saved without its value.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

from newsletters.imports import limits
from newsletters.imports.layout import (
    Layout,
    Wishes,
    as_json,
    from_json,
    look,
    open_book,
    read,
)
from newsletters.imports.refusals import FileRefused
from newsletters.imports.sniffing import TEXT
from newsletters.imports.text import Row
from newsletters.imports.words import words_of

_AS_JSON = json.JSONEncoder(ensure_ascii=False).encode


def convert(path: Path, out: Path, layout: Layout) -> dict[str, Any]:
    """Write the rows below the header to ``out``; says how many, and what was hidden.

    Raises FileRefused("too_many_rows") and what the readers raise.
    """
    count = 0
    book = None if layout.format == TEXT else open_book(path, layout.format)
    rows = read(path, layout) if book is None else book.rows(layout.sheet)
    with out.open("w", encoding="utf-8") as file:
        for row in rows:
            if row.line <= layout.header_row:
                continue
            count += 1
            if book is None and count > limits.MAX_ROWS:
                raise FileRefused("too_many_rows")
            if book is not None and count > limits.MAX_SHEET_ROWS:
                raise FileRefused("too_many_sheet_rows")
            _check_width(row, layout)
            file.write(_AS_JSON((row.line, row.cells, row.problem)) + "\n")
    return {
        "rows": count,
        "hidden_rows": book.hidden_rows if book else 0,
        "hidden_columns": book.hidden_columns if book else 0,
    }


def _check_width(row: Row, layout: Layout) -> None:
    """A row with fewer or more cells than the header cannot be matched to it."""
    width = len(layout.columns)
    length = len(row.cells)
    if length == width or not layout.header_row:
        return
    if length > width and any(cell != "" for cell in row.cells[width:]):
        row.problem = row.problem or "extra_cells"
    elif length > width:
        del row.cells[width:]
    elif layout.format == TEXT:
        row.problem = row.problem or "missing_cells"


def _limit() -> None:
    for kind, amount in (
        (resource.RLIMIT_AS, limits.CHILD_MEMORY),
        (resource.RLIMIT_CPU, limits.CHILD_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, limits.CHILD_OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (amount, amount))


def _answer(order: list[str], given: dict[str, Any]) -> dict[str, Any]:
    try:
        match order:
            case ["look", path]:
                return as_json(look(Path(path), Wishes(**given)))
            case ["words", path]:
                columns = {int(at): several for at, several in given["columns"].items()}
                found = words_of(Path(path), from_json(given["layout"]), columns)
                return {str(at): words for at, words in found.items()}
            case ["convert", path, out]:
                return convert(Path(path), Path(out), from_json(given))
    except FileRefused as refused:
        return {"refused": refused.code, "line": refused.line}
    except (MemoryError, OverflowError):
        return {"refused": "bomb", "line": 0}
    raise SystemExit(__doc__)


if __name__ == "__main__":
    _limit()
    sys.stdout.write(json.dumps(_answer(*json.load(sys.stdin))))
