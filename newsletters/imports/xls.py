"""XLS, the binary workbook of Excel 97 to 2003, as python-calamine reads it.

It holds a whole sheet at once. That is bearable here: such a sheet has 65,536
rows at most, and the process that reads it may use little memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from newsletters.imports import limits
from newsletters.imports.refusals import FileRefused
from newsletters.imports.sheets import Sheet, sheet_row
from newsletters.imports.text import Row
from newsletters.imports.values import number_text, storable


class OldWorkbook:
    """An opened XLS: its sheets, and the rows of one of them."""

    # Nobody tells us.
    hidden_rows = hidden_columns = 0

    def __init__(self, path: Path) -> None:
        """Raises FileRefused where it is too large, damaged or needs a password."""
        if path.stat().st_size > limits.MAX_SHEET_FILE:
            raise FileRefused("sheet_size")
        # Only under this ending is a password told from damage.
        with TemporaryDirectory() as folder, _understood():
            link = Path(folder) / "book.xls"
            link.symlink_to(path.resolve())
            self._book = CalamineWorkbook.from_path(link)
            found = [
                sheet
                for sheet in self._book.sheets_metadata
                if sheet.typ == SheetTypeEnum.WorkSheet
            ]
        self._names = [sheet.name for sheet in found]
        self.sheets = [
            Sheet(storable(sheet.name), sheet.visible != SheetVisibleEnum.Visible)
            for sheet in found
        ]

    def rows(self, sheet: int) -> Iterator[Row]:
        """The rows of the sheet that hold anything."""
        with _understood():
            found = self._book.get_sheet_by_name(self._names[sheet])
            line, left = found.start or (0, 0)
            cells = iter(found.iter_rows())
        before = [""] * left
        while (row := _next(cells)) is not None:
            line += 1
            texts: list[str | None] = [*before, *map(_text, row)]
            while texts and not texts[-1]:
                texts.pop()
            if texts:
                yield sheet_row(line, texts)


def _next(rows: Iterator[list[Any]]) -> list[Any] | None:
    with _understood():
        return next(rows, None)


@contextmanager
def _understood() -> Iterator[None]:
    """What goes wrong inside the library, as a refusal of the file."""
    try:
        yield
    except PasswordError:
        raise FileRefused("password") from None
    except (CalamineError, OSError, ValueError, IndexError):
        raise FileRefused("damaged") from None
    except BaseException as error:
        # A panic of Rust is no Exception, and its class cannot be imported.
        if type(error).__name__ == "PanicException":
            raise FileRefused("damaged") from None
        raise


def _text(value: Any) -> str:
    """A cell's value as a person would type it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return number_text(repr(value))
    if isinstance(value, datetime):
        whole = (value.hour, value.minute, value.second) == (0, 0, 0)
        return f"{value:%Y-%m-%d}" if whole else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, timedelta):
        return str(value)
    return storable(str(value))
