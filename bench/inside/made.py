"""Rows PostgreSQL makes by itself: a million in seconds, where a program would need minutes."""

from string import Template
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Field, Model
from django.utils import timezone

INSERT = Template("INSERT INTO $table ($columns) SELECT $values FROM $source")


def insert(model: type[Model], source: str, **columns: str) -> None:
    """Rows of ``model`` whose ``columns`` are these expressions over ``source``.

    What is not named is as in a new row of ours: its default, or now.
    """
    fields = {str(field.column): field for field in model._meta.concrete_fields}
    rest = [
        field for name, field in fields.items() if name not in columns and not field.primary_key
    ]
    # In a statement with parameters a remainder is written with two signs.
    said = [value.replace("%", "%%") for value in columns.values()]
    statement = INSERT.substitute(
        table=model._meta.db_table,
        columns=", ".join([*columns, *(str(field.column) for field in rest)]),
        values=", ".join([*said, *["%s"] * len(rest)]),
        source=source.replace("%", "%%"),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_usual(field) for field in rest])


def _usual(field: "Field[Any, Any]") -> Any:
    if isinstance(field, DateTimeField) and not field.null:
        return timezone.now()
    return field.get_db_prep_save(field.get_default(), connection)
