"""XLSX, also strict (ISO/IEC 29500) and without shared strings, row by row in constant memory.

Formulas and macros are never run: a cell is the value that was saved with it.
openpyxl takes 25 times as long; python-calamine holds the whole sheet and
believes a single cell at XFD1048576.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator

from newsletters.imports import limits
from newsletters.imports.markup import Handler, feed, read_all
from newsletters.imports.refusals import FileRefused
from newsletters.imports.sheets import Sheet, sheet_row
from newsletters.imports.text import Row
from newsletters.imports.values import from_serial, number_text, storable

_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_NOT_THE_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_LETTERS = {chr(65 + at): at + 1 for at in range(26)}


class _Relations(Handler):
    def __init__(self) -> None:
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")


class _Workbook(Handler):
    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            link = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", ""), link, hidden))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in {"1", "true"}


class _Strings(Handler):
    """Shared strings; what is written above them to help reading (rPh) is left out."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._pieces: list[str] = []
        self._inside = False
        self._aside = False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if name == "si":
            self._pieces = []
        elif name == "rPh":
            self._aside = True
        elif name == "t":
            self._inside = not self._aside

    def text(self, data: str) -> None:
        if self._inside:
            self._pieces.append(data)

    def end(self, name: str) -> None:
        if name == "si":
            self.values.append(storable("".join(self._pieces)))
        elif name == "t":
            self._inside = False
        elif name == "rPh":
            self._aside = False


class _Styles(Handler):
    """Which cell styles show a number as a date."""

    def __init__(self) -> None:
        self._custom: set[int] = set()
        self._inside = False
        self.dates: list[bool] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            code = _NOT_THE_FORMAT.sub("", attributes.get("formatCode", "")).lower()
            if any(letter in code for letter in "ymdh") and "general" not in code:
                self._custom.add(_integer(attributes.get("numFmtId")))
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside:
            number = _integer(attributes.get("numFmtId"))
            self.dates.append(number in _BUILT_IN_DATES or number in self._custom)

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._inside = False


class _Cells(Handler):
    """Rows of one sheet, waiting in ``ready`` until they are taken."""

    def __init__(self, book: "Workbook") -> None:
        self._book = book
        self.ready: list[Row] = []
        self.hidden_rows = 0
        self.hidden_columns = 0
        self._line = 0
        self._cells: dict[int, str | None] = {}
        self._column = 0
        self._seen = 0
        self._kind = ""
        self._style = 0
        self._formula = False
        self._aside = False
        self._pieces: list[str] | None = None
        self._value: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._start_cell(attributes)
        elif name == "v" or (name == "t" and not self._aside):
            self._pieces = []
        elif name == "row":
            self._line = _integer(attributes.get("r")) or self._line + 1
            self._cells = {}
            self._column = 0
            self.hidden_rows += attributes.get("hidden") in {"1", "true"}
            if self._line > limits.MAX_ROWS:
                raise FileRefused("too_many_rows")
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._aside = True
        elif name == "col" and attributes.get("hidden") in {"1", "true"}:
            self.hidden_columns += 1

    def text(self, data: str) -> None:
        if self._pieces is not None:
            self._pieces.append(data)

    def end(self, name: str) -> None:
        if name == "c":
            self._end_cell()
        elif name in {"v", "t"} and self._pieces is not None:
            self._value = (self._value or "") + "".join(self._pieces)
            self._pieces = None
        elif name == "rPh":
            self._aside = False
        elif name == "row" and any(value != "" for value in self._cells.values()):
            width = max(self._cells)
            cells = [self._cells.get(at, "") for at in range(1, width + 1)]
            self.ready.append(sheet_row(self._line, cells))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._column = _column(attributes.get("r", "")) or self._column + 1
        self._seen += 1
        if self._column > limits.MAX_SHEET_COLUMNS or self._seen > limits.MAX_CELLS:
            raise FileRefused("bomb")
        self._kind = attributes.get("t", "n")
        self._style = _integer(attributes.get("s"))
        self._formula = False
        self._value = None

    def _end_cell(self) -> None:
        if not self._value:
            # Excel saves the empty text a formula gives as str; anything else was never worked out.
            if self._formula and self._kind != "str":
                self._cells[self._column] = None
            return
        value = self._meaning(self._value)
        if value:
            self._cells[self._column] = value

    def _meaning(self, value: str) -> str:
        if self._kind == "s":
            strings = self._book.strings
            at = _integer(value)
            return strings[at] if at < len(strings) else ""
        if self._kind == "b":
            return "TRUE" if value.strip() == "1" else "FALSE"
        if self._kind == "n":
            if self._style < len(self._book.dates) and self._book.dates[self._style]:
                return from_serial(value, from_1904=self._book.from_1904)
            return number_text(value)
        return storable(value)


class Workbook:
    """An opened XLSX: its sheets, and the rows of one of them."""

    def __init__(self, container: zipfile.ZipFile) -> None:
        """Read what the sheets share. Raises FileRefused where it is damaged."""
        self._container = container
        path = self._find_workbook()
        relations, book = _Relations(), _Workbook()
        folder, name = posixpath.split(path)
        read_all(container, posixpath.join(folder, "_rels", f"{name}.rels"), relations)
        read_all(container, path, book)
        self.from_1904 = book.from_1904
        self._parts = [
            posixpath.normpath(posixpath.join("/", folder, relations.targets.get(link, "")))[1:]
            for _name, link, _hidden in book.sheets
        ]
        self.sheets = [Sheet(storable(name), hidden) for name, _link, hidden in book.sheets]
        strings, styles = _Strings(), _Styles()
        read_all(container, self._sibling(relations, "sharedStrings"), strings)
        read_all(container, self._sibling(relations, "styles"), styles)
        self.strings, self.dates = strings.values, styles.dates
        self._folder = folder
        self.hidden_rows = self.hidden_columns = 0

    def rows(self, sheet: int) -> Iterator[Row]:
        """The rows of the sheet that hold anything."""
        cells = _Cells(self)
        try:
            entry = self._container.open(self._parts[sheet])
        except (KeyError, IndexError):
            raise FileRefused("damaged") from None
        with entry:
            for _block in feed(entry, cells):
                self.hidden_rows, self.hidden_columns = cells.hidden_rows, cells.hidden_columns
                yield from cells.ready
                cells.ready = []

    def _find_workbook(self) -> str:
        root = _Relations()
        read_all(self._container, "_rels/.rels", root)
        for target in root.targets.values():
            if "workbook" in target:
                return target.lstrip("/")
        return "xl/workbook.xml"

    def _sibling(self, relations: _Relations, word: str) -> str:
        for target in relations.targets.values():
            if posixpath.basename(target).startswith(word):
                joined = posixpath.join("/", "xl", target)
                return posixpath.normpath(joined)[1:]
        return ""


def _column(reference: str) -> int:
    number = 0
    for char in reference:
        digit = _LETTERS.get(char)
        if digit is None:
            break
        number = number * 26 + digit
        if number > limits.MAX_SHEET_COLUMNS:
            break
    return number


def _integer(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else 0
