"""ODS (OpenDocument 1.3 part 3, chapter 9), row by row in constant memory."""

import zipfile
from collections.abc import Iterator

from newsletters.imports import limits
from newsletters.imports.markup import Handler, feed, read_all
from newsletters.imports.refusals import FileRefused
from newsletters.imports.sheets import Sheet
from newsletters.imports.text import Row
from newsletters.imports.values import number_text, storable

_CELLS = frozenset({"table-cell", "covered-table-cell"})
_GAPS = {"tab": "\t", "line-break": "\n"}


class _Manifest(Handler):
    encrypted = False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self.encrypted |= name == "encryption-data"


class _Names(Handler):
    """The sheets, without their cells."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "style":
            self._style = attributes.get("style:name", "")
        elif name == "table-properties" and attributes.get("table:display") == "false":
            self._hidden_styles.add(self._style)
        elif name == "table":
            if self._depth == 0:
                hidden = attributes.get("table:style-name", "") in self._hidden_styles
                self.sheets.append(Sheet(storable(attributes.get("table:name", "")), hidden))
            self._depth += 1

    def end(self, name: str) -> None:
        self._depth -= name == "table"


class _Cells(Handler):
    """Rows of the sheet with the given number, waiting in ``ready`` until they are taken."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._table = -1
        self._depth = 0
        self.ready: list[Row] = []
        self.hidden_rows = 0
        self.hidden_columns = 0
        self._line = 0
        self._repeat_row = 1
        self._cells: list[str | None] = []
        self._repeat_cell = 1
        self._given: str | None = None
        self._formula = False
        self._paragraphs: list[str] = []
        self._inside = False
        self._note = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table":
            self._table += self._depth == 0
            self._depth += 1
        elif self._depth != 1 or self._table != self._wanted:
            return
        elif name == "table-row":
            self._cells = []
            self._repeat_row = _count(attributes.get("table:number-rows-repeated"))
            hidden = attributes.get("table:visibility", "visible") != "visible"
            self.hidden_rows += self._repeat_row * hidden
        elif name == "table-column" and attributes.get("table:visibility") == "collapse":
            self.hidden_columns += _count(attributes.get("table:number-columns-repeated"))
        elif name in _CELLS:
            self._repeat_cell = _count(attributes.get("table:number-columns-repeated"))
            self._given = _given(attributes)
            self._formula = "table:formula" in attributes
            self._paragraphs = []
        elif name == "annotation":
            self._note += 1
        elif not self._note:
            self._start_text(name, attributes)

    def _start_text(self, name: str, attributes: dict[str, str]) -> None:
        if name == "p":
            self._paragraphs.append("")
            self._inside = True
        elif self._inside and name == "s":
            self._paragraphs[-1] += " " * min(_count(attributes.get("text:c")), limits.MAX_CELL)
        elif self._inside and name in _GAPS:
            self._paragraphs[-1] += _GAPS[name]

    def text(self, data: str) -> None:
        if self._inside and not self._note and len(self._paragraphs[-1]) <= limits.MAX_CELL:
            self._paragraphs[-1] += data

    def end(self, name: str) -> None:
        if name == "table":
            self._depth -= 1
        elif self._depth != 1 or self._table != self._wanted:
            return
        elif name == "annotation":
            self._note -= 1
        elif name == "p":
            self._inside = self._inside and self._note > 0
        elif name in _CELLS:
            self._end_cell()
        elif name == "table-row":
            self._end_row()

    def _end_cell(self) -> None:
        value: str | None = self._given
        if value is None:
            value = storable("\n".join(self._paragraphs))
        if not value and self._formula:
            value = None
        room = limits.MAX_COLUMNS + 1 - len(self._cells)
        if room > 0:
            self._cells.extend([value] * min(self._repeat_cell, room))

    def _end_row(self) -> None:
        while self._cells and self._cells[-1] == "":
            self._cells.pop()
        first = self._line + 1
        self._line += self._repeat_row
        if not self._cells:
            return
        if self._line > limits.MAX_ROWS:
            raise FileRefused("too_many_rows")
        problem = "wide" if len(self._cells) > limits.MAX_COLUMNS else ""
        if any(cell is not None and len(cell) > limits.MAX_CELL for cell in self._cells):
            problem = problem or "long"
        cells = [cell and cell[: limits.MAX_CELL] for cell in self._cells[: limits.MAX_COLUMNS]]
        self.ready.extend(Row(line, cells, problem) for line in range(first, self._line + 1))


class Document:
    """An opened ODS: its sheets, and the rows of one of them."""

    def __init__(self, container: zipfile.ZipFile) -> None:
        """Raises FileRefused where it is damaged or needs a password."""
        self._container = container
        manifest, names = _Manifest(), _Names()
        read_all(container, "META-INF/manifest.xml", manifest)
        if manifest.encrypted:
            raise FileRefused("password")
        read_all(container, "content.xml", names)
        self.sheets = names.sheets
        self.hidden_rows = self.hidden_columns = 0

    def rows(self, sheet: int) -> Iterator[Row]:
        """The rows of the sheet that hold anything."""
        cells = _Cells(sheet)
        try:
            entry = self._container.open("content.xml")
        except KeyError:
            raise FileRefused("damaged") from None
        with entry:
            for _block in feed(entry, cells):
                self.hidden_rows, self.hidden_columns = cells.hidden_rows, cells.hidden_columns
                yield from cells.ready
                cells.ready = []


def _given(attributes: dict[str, str]) -> str | None:
    """The value behind what is shown; None where what is shown is the value."""
    kind = attributes.get("office:value-type")
    if kind in {"float", "percentage", "currency"}:
        return number_text(attributes.get("office:value", ""))
    if kind == "date":
        return storable(attributes.get("office:date-value", "")).replace("T", " ")
    if kind == "boolean":
        return attributes.get("office:boolean-value", "").upper()
    return None


def _count(text: str | None) -> int:
    if not text or not text.isascii() or not text.isdigit() or len(text) > 9:
        return 1
    return max(int(text), 1)
