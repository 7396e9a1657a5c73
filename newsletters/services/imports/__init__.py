"""Imports: create → map_columns → check → apply → undo.

Each long step is resumable and fenced by a lease.
"""

from newsletters.services.imports.applying import apply, go, stop
from newsletters.services.imports.checking import check
from newsletters.services.imports.creating import create, lay_out
from newsletters.services.imports.mapping import Choices, map_columns
from newsletters.services.imports.resuming import clear_strays, forget, past, resume
from newsletters.services.imports.shapes import Recalled, recall
from newsletters.services.imports.undoing import UNDO_DAYS, ask_undo, undo

__all__ = [
    "UNDO_DAYS",
    "Choices",
    "Recalled",
    "apply",
    "ask_undo",
    "check",
    "clear_strays",
    "create",
    "forget",
    "go",
    "lay_out",
    "map_columns",
    "past",
    "recall",
    "resume",
    "stop",
    "undo",
]
