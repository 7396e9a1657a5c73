"""What both kinds of workbook have in common."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook."""

    name: str
    hidden: bool
