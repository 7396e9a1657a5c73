"""One value of ``Contact.attributes``, written by the database: many people in one statement."""

import json
from typing import Any

from django.db.models import F, Func, JSONField, TextField, Value
from django.db.models.functions import Cast

COLUMN = "attributes"


class WithValue(Func):
    """The column with ``value`` (text, number, truth or a list of texts) under ``key``."""

    output_field = JSONField()

    def __init__(self, key: str, value: Any) -> None:
        """``value`` may not be None: that is ``WithoutValue``."""
        super().__init__(F(COLUMN), Value({key: value}, JSONField()))

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        """Both objects in one, where the second wins."""
        return self.as_sql(compiler, connection, template="(%(expressions)s)", arg_joiner=" || ")

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        """The same: none of our values is an object or a null."""
        return self.as_sql(compiler, connection, function="JSON_PATCH")


class WithoutValue(Func):
    """The column with nothing under ``key``."""

    output_field = JSONField()

    def __init__(self, key: str) -> None:
        """``key`` as PostgreSQL takes it, and as a path for SQLite."""
        super().__init__(F(COLUMN), Cast(Value(key), TextField()), Value(f"$.{json.dumps(key)}"))

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        """By the operator that takes a key away."""
        return self._without(2).as_sql(
            compiler, connection, template="(%(expressions)s)", arg_joiner=" - "
        )

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        """By the path."""
        return self._without(1).as_sql(compiler, connection, function="JSON_REMOVE")

    def _without(self, place: int) -> Func:
        """What one engine understands."""
        found = self.copy()
        sources = self.get_source_expressions()
        found.set_source_expressions(sources[:place] + sources[place + 1 :])
        return found
