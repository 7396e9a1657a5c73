"""CSV and TSV: encodings, delimiters, records. Every record keeps the line it begins on.

Python's csv module is not used: it takes a quote in the middle of a cell for
text, swallows the file behind an unclosed quote, and stops at a long cell.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from newsletters.imports import limits
from newsletters.imports.refusals import FileRefused
from newsletters.imports.sniffing import wide_without_mark

ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "cp1252")
DELIMITERS = (",", ";", "\t", "|")

_SEP = re.compile(r"sep=(.)", re.IGNORECASE)
_UNFIT = re.compile("[\x00\ud800-\udfff\ufffd]")
_OPEN = re.compile(r' *"(?:[^"]|"")*+\Z')


@dataclass(slots=True)
class Row:
    """One record: where it begins, its cells (None: unreadable), and why it cannot be used."""

    line: int
    cells: list[str | None]
    problem: str = ""


@dataclass(frozen=True)
class Encoding:
    """The encoding, and whether it is certain or a person has to confirm it."""

    name: str
    sure: bool


def find_encoding(path: Path) -> Encoding:
    """Byte order mark, then UTF-8 by its structure, then a guess by letters."""
    with path.open("rb") as file:
        head = file.read(65536)
    if head.startswith(b"\xef\xbb\xbf"):
        return Encoding("utf-8-sig", sure=True)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Encoding("utf-16", sure=True)
    wide = wide_without_mark(head)
    if wide:
        return Encoding(wide, sure=False)
    good, bad, letters = _weigh(path)
    if not bad:
        return Encoding("utf-8-sig", sure=True)
    if good > bad:
        # A UTF-8 file with some broken lines: those rows are refused one by one.
        return Encoding("utf-8-sig", sure=False)
    return Encoding(_single_byte(letters), sure=False)


def _weigh(path: Path) -> tuple[int, int, Counter[int]]:
    """Lines beyond ASCII that are UTF-8, lines that are not, and the latter's bytes."""
    good = bad = 0
    letters: Counter[int] = Counter()
    with path.open("rb") as file:
        while line := file.readline(limits.MEGABYTE):
            if line.isascii():
                continue
            try:
                line.decode()
                good += 1
            except UnicodeDecodeError as error:
                cut = len(line) == limits.MEGABYTE and error.end >= len(line) - 3
                bad += not cut
                letters.update(line[:4096])
    return good, bad, letters


def _single_byte(letters: Counter[int]) -> str:
    """Russian text is nearly all 0xC0–0xFF; Western text has few such letters among ASCII ones."""
    high = sum(count for byte, count in letters.items() if byte >= 0xC0)
    latin = sum(
        count for byte, count in letters.items() if 0x41 <= byte <= 0x5A or 0x61 <= byte <= 0x7A
    )
    # Addresses are Latin in a Russian sheet, too; Western names hold one accent in ten letters.
    return "cp1251" if high > latin * 0.15 else "cp1252"


def open_text(path: Path, encoding: str) -> TextIO:
    """The file as text, every kind of line end as LF; bytes that do not fit become surrogates."""
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    return path.open(encoding=encoding, errors=errors, newline=None)


def find_delimiter(path: Path, encoding: str) -> str:
    """The one of DELIMITERS that cuts the first records most evenly; a ``sep=`` line decides."""
    with open_text(path, encoding) as file:
        head = file.read(65536)
    # The last line may be cut in the middle.
    lines = (head.rpartition("\n")[0] or head).lstrip("\ufeff")
    said = _SEP.fullmatch(lines.partition("\n")[0].strip("\r "))
    if said and said[1] in DELIMITERS:
        return said[1]
    return max(DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(text: str, delimiter: str) -> float:
    widths: Counter[int] = Counter()
    records = Records(io.StringIO(text), delimiter)
    try:
        for row in records:
            widths[len(row.cells) if not row.problem else 1] += 1
    except FileRefused:
        widths[1] += 1
    if not widths:
        return 0
    width, often = max(widths.items(), key=lambda item: (item[0] > 1) * item[1])
    return often / widths.total() if width > 1 else 0


@dataclass
class Records:
    """Iterates over the records of an open text. Empty lines are left out.

    Raises FileRefused("unclosed_quote", line) when a quote never closes.
    """

    file: TextIO
    delimiter: str
    line: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        cut = re.escape(self.delimiter)
        self._cell = re.compile(rf'(?: *"((?:[^"]|"")*+)" *|([^"{cut}]*))(?={cut}|\Z)')

    def __iter__(self) -> Iterator[Row]:
        while (line := self._next_line()) is not None:
            start = self.line
            if start == 1:
                line = line.removeprefix("\ufeff")
                if _SEP.fullmatch(line.strip()):
                    continue
            if not line.strip(self.delimiter + " \t"):
                continue
            yield self._row(start, line)

    def _row(self, start: int, line: str) -> Row:
        if '"' not in line and len(line) <= limits.MAX_CELL and not _UNFIT.search(line):
            # Nearly every record: nothing in it can be too long, misplaced or unreadable.
            plain: list[str | None] = [*line.split(self.delimiter)]
            if len(plain) <= limits.MAX_COLUMNS:
                return Row(start, plain)
        if len(line) > limits.MAX_LINE:
            return Row(start, [line[:200]], "long")
        problem = _unreadable(line)
        if '"' not in line:
            cells = line.split(self.delimiter)
        else:
            parsed = self._quoted(start, line)
            if parsed is None:
                return Row(start, _shown(line.split(self.delimiter)), problem or "quote")
            cells = parsed
            problem = problem or _unreadable("".join(cells))
        if len(cells) > limits.MAX_COLUMNS and any(cells[limits.MAX_COLUMNS :]):
            problem = problem or "wide"
        cells = cells[: limits.MAX_COLUMNS]
        if any(len(cell) > limits.MAX_CELL for cell in cells):
            problem = problem or "long"
        return Row(start, _shown(cells), problem)

    def _quoted(self, start: int, text: str) -> list[str] | None:
        """Cells of a record with quotes, read on while one is open; None: misplaced."""
        lines = 1
        cells, open_at = self._split(text)
        while open_at:
            more = self._next_line()
            lines += 1
            if more is None or lines > limits.MAX_QUOTED_LINES or len(text) > limits.MAX_LINE:
                raise FileRefused("unclosed_quote", start)
            text = f"{text}\n{more}"
            if '"' in more:
                cells, open_at = self._split(text)
        if cells is None and lines > 1:
            # It closed at a quote that was meant to open another cell.
            raise FileRefused("unclosed_quote", start)
        return cells

    def _split(self, text: str) -> tuple[list[str] | None, bool]:
        """Cells, or None for misplaced quotes; and whether a quote is still open at the end."""
        cells: list[str] = []
        at = 0
        while True:
            match = self._cell.match(text, at)
            if match is None:
                return None, _OPEN.match(text, at) is not None
            quoted = match[1]
            cells.append(match[2] if quoted is None else quoted.replace('""', '"'))
            at = match.end() + 1
            if at > len(text):
                return cells, False

    def _next_line(self) -> str | None:
        line = self.file.readline(limits.MAX_LINE + 2)
        if not line:
            return None
        self.line += 1
        if line.endswith("\n"):
            return line[:-1]
        # Only the beginning of a line that is too long is kept.
        while (rest := self.file.readline(limits.MEGABYTE)) and not rest.endswith("\n"):
            pass
        return line


def _unreadable(text: str) -> str:
    if "\0" in text:
        return "nul"
    if not text.isascii() and any(
        "\ud800" <= char <= "\udfff" or char == "\ufffd" for char in text
    ):
        return "encoding"
    return ""


def _shown(cells: list[str]) -> list[str | None]:
    """Cells that every database and JSON can hold."""
    return [_storable(cell)[: limits.MAX_CELL] for cell in cells]


def _storable(cell: str) -> str:
    if cell.isascii():
        return cell.replace("\0", "\u2400")
    return re.sub("[\ud800-\udfff]", "\ufffd", cell).replace("\0", "\u2400")
