"""Indexes that Django does not have by itself."""

from typing import Any

from django.db.backends.ddl_references import Statement
from django.db.models import Index


class Beginnings(Index):
    """An index of one expression that finds what begins with some letters.

    PostgreSQL orders text by language, where what begins alike need not stand
    together; so it is told to compare letter by letter. SQLite does that anyway.
    """

    def create_sql(
        self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any
    ) -> Statement:
        """With the operator class that LIKE 'X%' uses on PostgreSQL."""
        statement = super().create_sql(model, schema_editor, using, **kwargs)
        if schema_editor.connection.vendor == "postgresql":
            statement.template = statement.template.replace(
                "(%(columns)s)", "(%(columns)s text_pattern_ops)"
            )
        return statement
