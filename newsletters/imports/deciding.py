"""What becomes of a row."""

from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of a row. Refused and duplicate rows are never written."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SUPPRESSED = "suppressed"
    UNSUBSCRIBED = "unsubscribed"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
