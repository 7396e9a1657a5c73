"""What statements written by hand need on both engines."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.db import connection

# A list of ids as one parameter: a thousand of them make no longer statement than one.
AMONG = {"postgresql": "= ANY(%s)", "sqlite": "IN (SELECT value FROM json_each(%s))"}


def run(statement: str, *values: Any) -> int:
    """Run ``statement`` and return how many rows it changed. ``{among}`` stands before a list."""
    with connection.cursor() as cursor:
        cursor.execute(statement.format(among=AMONG[connection.vendor]), values)
        return int(cursor.rowcount)


def ids(values: Collection[int] | Collection[str]) -> Any:
    """A list of ids or words as the parameter behind ``{among}``."""
    return list(values) if connection.vendor == "postgresql" else json.dumps(list(values))


def moment(at: datetime) -> Any:
    """``at`` as a parameter."""
    return connection.ops.adapt_datetimefield_value(at)


def read(value: datetime | None) -> datetime | None:
    """A moment as it comes back: SQLite's have no zone and are in UTC."""
    return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value
