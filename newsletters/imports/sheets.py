"""What both kinds of workbook have in common."""

from dataclasses import dataclass

from newsletters.imports import limits
from newsletters.imports.text import Row


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook."""

    name: str
    hidden: bool


def sheet_row(line: int, cells: list[str | None]) -> Row:
    """The row with what is beyond the limits cut off, which is its problem then."""
    problem = ""
    if len(cells) > limits.MAX_COLUMNS:
        cells, problem = cells[: limits.MAX_COLUMNS], "wide"
    if any(cell is not None and len(cell) > limits.MAX_CELL for cell in cells):
        cells = [cell and cell[: limits.MAX_CELL] for cell in cells]
        problem = problem or "long"
    return Row(line, cells, problem)
