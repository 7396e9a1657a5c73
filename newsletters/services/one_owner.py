"""An address belongs to one person, though two tables hold addresses.

No constraint reaches over both: who makes a person by an address, and who gives a person a
further one, would not see each other before both are done. So each takes a lock first, and
looks for an owner after that. It is taken before any row is locked, and ends with the
transaction. On SQLite one transaction writes at a time anyway (``BEGIN IMMEDIATE``).
"""

from django.db import connection

# Any number nobody else locks by.
_NUMBER = 1_635_017_060


def before_creating() -> None:
    """Many may make people at the same time; nobody's further addresses change meanwhile."""
    _take("SELECT pg_advisory_xact_lock_shared(%s)")


def before_moving() -> None:
    """Nobody else changes addresses or makes people until the transaction ends."""
    _take("SELECT pg_advisory_xact_lock(%s)")


def _take(statement: str) -> None:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(statement, [_NUMBER])
