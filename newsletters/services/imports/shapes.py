"""What staff said about sheets with the same columns, so that nobody maps a monthly list twice."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from newsletters.imports.columns import BY_NAME
from newsletters.imports.columns import FIELD as OF_FIELD
from newsletters.imports.guessing import refused_columns
from newsletters.imports.headers import plain
from newsletters.imports.layout import Layout
from newsletters.models import ImportShape
from newsletters.selectors import custom_fields

ANSWERS = ("policy", "yes_words", "makes_tags", "legal_basis", "source", "date_order")


@dataclass(frozen=True)
class Recalled:
    """What was said the last time, as far as it still holds."""

    at: datetime
    mapping: dict[str, str]
    answers: dict[str, Any] = field(default_factory=dict)


def recall(layout: Layout) -> Recalled | None:
    """The answers of the last sheet with these columns; None when there was none.

    Fields that are gone since are left out. A sheet of refused rows has the
    shape of the sheet it came from.
    """
    shape = ImportShape.objects.filter(digest=_digest(layout)).first()
    if shape is None or not layout.header_row:
        return None
    shift = refused_columns(layout.columns)
    known = {*BY_NAME, *(f"{OF_FIELD}{own.key}" for own in custom_fields.known())}
    mapping = {str(int(at) + shift): name for at, name in shape.mapping.items() if name in known}
    return Recalled(at=shape.updated_at, mapping=mapping, answers=shape.answers)


def remember(layout: Layout, mapping: dict[str, str], answers: dict[str, Any]) -> None:
    """Keep the answers for the next sheet with these columns. No heading, no memory."""
    if not layout.header_row:
        return
    shift = refused_columns(layout.columns)
    ImportShape.objects.update_or_create(
        digest=_digest(layout),
        defaults={
            "mapping": {str(int(at) - shift): name for at, name in mapping.items()},
            "answers": {name: answers[name] for name in ANSWERS},
        },
    )


def _digest(layout: Layout) -> str:
    headings = [plain(name) for name in layout.columns[refused_columns(layout.columns) :]]
    return hashlib.sha256(json.dumps(headings).encode()).hexdigest()
