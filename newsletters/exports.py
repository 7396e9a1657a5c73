"""Tables that leave the house: no cell can act as a formula, and all come back unchanged."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

# What some spreadsheet program takes for the beginning of a formula, in any width.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_GUARD = "'"


def neutralise(cell: Any) -> Any:
    """The cell as text no program runs: an apostrophe before =, +, -, @, TAB, CR.

    Numbers stay numbers.
    """
    if not isinstance(cell, str):
        return cell
    bare = cell.lstrip(" \u00a0'")
    return _GUARD + cell if bare.startswith(_STARTS) or cell.startswith(_STARTS) else cell


def restore(cell: str) -> str:
    """The cell as it was before ``neutralise``."""
    if cell.startswith(_GUARD) and neutralise(cell[1:]) != cell[1:]:
        return cell[1:]
    return cell


class _Echo:
    """A file that hands back what it is given, so that rows can be streamed."""

    def write(self, text: str) -> str:
        """The text itself."""
        return text


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """CSV (RFC 4180) with a byte order mark, one text a row, every cell neutralised and quoted."""
    return safe_lines([neutralise(cell) for cell in row] for row in rows)


def safe_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The same for cells that are neutralised already; a second apostrophe would not come off."""
    yield "\ufeff"
    yield from more_lines(rows)


def more_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Further rows behind those of ``safe_lines``."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    for row in rows:
        yield writer.writerow(list(row))
