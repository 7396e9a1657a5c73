"""Imports: create → map_columns → check → apply → undo.

Each long step is resumable and fenced by a lease.
"""

from newsletters.services.imports.apply import apply, go, stop
from newsletters.services.imports.check import check
from newsletters.services.imports.create import create, lay_out
from newsletters.services.imports.mapping import Choices, map_columns
from newsletters.services.imports.resume import forget, resume
from newsletters.services.imports.undo import UNDO_DAYS, ask_undo, undo

__all__ = [
    "UNDO_DAYS",
    "Choices",
    "apply",
    "ask_undo",
    "check",
    "create",
    "forget",
    "go",
    "lay_out",
    "map_columns",
    "resume",
    "stop",
    "undo",
]
