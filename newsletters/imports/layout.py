"""How a file is laid out: found by looking, corrected by a person, then relied upon."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from newsletters.imports import limits
from newsletters.imports.dates import asks_order, order_of
from newsletters.imports.headers import field_of, plain
from newsletters.imports.ods import Document
from newsletters.imports.refusals import FileRefused
from newsletters.imports.sniffing import ODS, TEXT, XLS, sniff
from newsletters.imports.text import (
    DELIMITERS,
    ENCODINGS,
    Records,
    Row,
    find_delimiter,
    find_encoding,
    open_text,
)
from newsletters.imports.xls import OldWorkbook
from newsletters.imports.xlsx import Workbook
from newsletters.imports.zips import open_checked

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_SAMPLE_CELL = 80


@dataclass
class Layout:
    """Where the rows are and how they are read. Kept as JSON on the import."""

    format: str
    encoding: str = ""
    delimiter: str = ""
    sheets: list[list[Any]] = field(default_factory=list)  # [name, hidden]
    sheet: int = 0
    # Line of the header; 0: the file has none.
    header_row: int = 0
    columns: list[str] = field(default_factory=list)
    sample: list[list[Any]] = field(default_factory=list)  # [line, cells]
    # What 03/04/2024 means: a key of dates.ORDERS, or nothing while nobody knows.
    date_order: str = ""
    # What a person should look at: keys of sentences.NOTES.
    notes: list[str] = field(default_factory=list)
    # Why it cannot go on as it is: a key of sentences.FILE, or nothing.
    problem: str = ""


@dataclass(frozen=True)
class Wishes:
    """What a person corrected; None: as found."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: int | None = None
    header_row: int | None = None


def look(path: Path, wishes: Wishes) -> Layout:
    """The layout of the file with the wishes taken over. Raises FileRefused."""
    layout = Layout(sniff(path))
    if layout.format == TEXT:
        _look_at_text(path, layout, wishes)
    else:
        _look_at_sheets(path, layout, wishes)
    rows = list(islice(read(path, layout), limits.SAMPLE_ROWS))
    if not rows:
        raise FileRefused("no_rows")
    _look_at_header(rows, layout, wishes)
    layout.sample = [
        [row.line, [(cell or "")[:_SAMPLE_CELL] for cell in row.cells[: len(layout.columns)]]]
        for row in rows
    ]
    layout.date_order = order_of(_cells(layout))
    return layout


def read(path: Path, layout: Layout) -> Iterator[Row]:
    """Every record of the file or the chosen sheet, header and titles included."""
    if layout.format == TEXT:
        with open_text(path, layout.encoding) as file:
            yield from Records(file, layout.delimiter)
    else:
        yield from open_book(path, layout.format).rows(layout.sheet)


def open_book(path: Path, kind: str) -> Workbook | Document | OldWorkbook:
    """The workbook behind the checks of its container."""
    if kind == XLS:
        return OldWorkbook(path)
    container = open_checked(path)
    return Document(container) if kind == ODS else Workbook(container)


def asks_date_order(layout: Layout) -> bool:
    """Whether the sample holds dates that the order is needed for."""
    return asks_order(_cells(layout))


def column_of(layout: Layout, at: int) -> list[str]:
    """What the sample holds in a column, below the header and without empty cells."""
    below = (cells for line, cells in layout.sample if line > layout.header_row)
    return [cells[at] for cells in below if at < len(cells) and cells[at]]


def as_json(layout: Layout) -> dict[str, Any]:
    """The layout as it is kept."""
    return asdict(layout)


def from_json(kept: dict[str, Any]) -> Layout:
    """The layout that was kept."""
    return Layout(**kept)


def _cells(layout: Layout) -> list[str]:
    return [cell for _line, cells in layout.sample for cell in cells]


def _look_at_text(path: Path, layout: Layout, wishes: Wishes) -> None:
    if path.stat().st_size > limits.MAX_TEXT_FILE:
        raise FileRefused("text_size")
    found = find_encoding(path)
    layout.encoding = wishes.encoding if wishes.encoding in ENCODINGS else found.name
    if layout.encoding == "utf-16" != found.name:
        raise FileRefused("no_mark")
    if not found.sure and not wishes.encoding:
        layout.notes.append("encoding_guessed")
    chosen = wishes.delimiter
    layout.delimiter = chosen if chosen in DELIMITERS else find_delimiter(path, layout.encoding)


def _look_at_sheets(path: Path, layout: Layout, wishes: Wishes) -> None:
    book = open_book(path, layout.format)
    layout.sheets = [[sheet.name[:100], sheet.hidden] for sheet in book.sheets]
    if not book.sheets:
        raise FileRefused("no_rows")
    visible = [at for at, sheet in enumerate(book.sheets) if not sheet.hidden] or [0]
    wanted = wishes.sheet
    known = wanted is not None and wanted < len(book.sheets)
    layout.sheet = wanted if wanted is not None and known else _likely_sheet(book, visible)
    if len(visible) < len(book.sheets):
        layout.notes.append("hidden_sheets")
    if len(visible) > 1:
        layout.notes.append("several_sheets")


def _likely_sheet(book: Workbook | Document | OldWorkbook, visible: list[int]) -> int:
    """The first one that speaks of addresses near its top; the first of all where none does."""
    for at in visible[: limits.SEARCHED_SHEETS] if len(visible) > 1 else ():
        for row in islice(book.rows(at), limits.HEADER_SEARCH_ROWS):
            if any(
                cell and (field_of(cell) == "email" or _ADDRESS.search(cell)) for cell in row.cells
            ):
                return at
    return visible[0]


def _look_at_header(rows: list[Row], layout: Layout, wishes: Wishes) -> None:
    found, sure = _find_header(rows)
    layout.header_row = found if wishes.header_row is None else wishes.header_row
    header = next((row for row in rows if row.line == layout.header_row), None)
    if header is None:
        layout.header_row = 0
        width = min(max(len(row.cells) for row in rows), limits.MAX_COLUMNS)
        layout.columns = [""] * width
        layout.notes.append("no_header")
    else:
        if header.problem:
            raise FileRefused("header_unreadable", header.line)
        layout.columns = _trimmed([(cell or "").strip()[:_SAMPLE_CELL] for cell in header.cells])
        if not sure and wishes.header_row is None:
            layout.notes.append("header_guessed")
    names = [plain(name) for name in layout.columns if plain(name)]
    if len(set(names)) < len(names):
        layout.problem = "duplicate_header"


def _find_header(rows: list[Row]) -> tuple[int, bool]:
    """Line of the header (0: none) and whether its words were known."""
    first = rows[: limits.HEADER_SEARCH_ROWS]
    for row in first:
        if any(field_of(cell) == "email" for cell in row.cells if cell):
            return row.line, True
    for at, row in enumerate(first):
        if any(_ADDRESS.search(cell) for cell in row.cells if cell):
            return (first[at - 1].line, False) if at else (0, False)
    return first[0].line, False


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells
