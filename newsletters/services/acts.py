"""The audit of what staff did with people's data."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from newsletters.models import ActKind, StaffAct


def note(
    *,
    kind: ActKind,
    by: User | None,
    contact_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> StaffAct:
    """One more line: who did what, to whom, when.

    Call it in the transaction of the act itself. ``details`` holds names of
    fields, a list or a number, never a value and never an address: the line
    outlives the person.
    """
    return StaffAct.objects.create(
        kind=kind, contact_id=contact_id, by=by, details=dict(details or {})
    )
