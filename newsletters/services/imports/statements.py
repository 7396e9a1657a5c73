"""Statements written by hand that both engines read: what differs is a few words.

A million rows are decided and written by some tens of statements a chunk; the ORM
would carry every row through Python twice.
"""

import json
from datetime import datetime
from string import Template
from typing import Any

from django.db import connection, models
from django.db.models import Model
from django.utils import timezone

WORDS = {
    "postgresql": {
        "until_commit": " ON COMMIT DELETE ROWS",
        "tags": "jsonb_array_elements_text(s.tags) t(value)",
        "among": "= ANY(%(among)s)",
        "new_id": "nextval('newsletters_contact_id_seq')",
        "domain": "split_part(s.email, '@', 2)",
    },
    "sqlite": {
        "until_commit": "",
        "tags": "json_each(s.tags) t",
        "among": "IN (SELECT value FROM json_each(%(among)s))",
        "new_id": "(SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence"
        " WHERE name = 'newsletters_contact') + ROW_NUMBER() OVER ()",
        "domain": "substr(s.email, instr(s.email, '@') + 1)",
    },
}


class Among(list[str]):
    """Texts as one parameter: a thousand of them make no longer statement than one."""


def run(statement: str, values: dict[str, Any], **words: str) -> int:
    """Run ``statement`` with its ``$words`` and ``%(values)s``. Returns how many rows changed."""
    with connection.cursor() as cursor:
        cursor.execute(text_of(statement, **words), _adapted(values))
        return int(cursor.rowcount)


def ask(statement: str, values: dict[str, Any], **words: str) -> list[tuple[Any, ...]]:
    """The rows ``statement`` finds: meant for counts and samples."""
    with connection.cursor() as cursor:
        cursor.execute(text_of(statement, **words), _adapted(values))
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def make_room(megabytes: int) -> None:
    """Let SQLite keep the pages a chunk changes in memory, instead of writing them twice.

    So much of it, once more for whatever is sorted, and twice as much of its log before that
    is cleared away, for this connection. PostgreSQL has memory of its own.
    """
    if connection.vendor == "sqlite":
        run(f"PRAGMA cache_size = -{megabytes * 1000}", {})
        run(f"PRAGMA wal_autocheckpoint = {megabytes * 500}", {})


def text_of(statement: str, **words: str) -> str:
    """``statement`` for the engine in use."""
    return Template(statement).substitute(WORDS[connection.vendor], **words)


def pick(postgresql: str, sqlite: str) -> str:
    """What only one engine reads."""
    return postgresql if connection.vendor == "postgresql" else sqlite


def now(moment: datetime | None = None) -> Any:
    """This moment, or another one, as a parameter."""
    return connection.ops.adapt_datetimefield_value(moment or timezone.now())


def read_json(value: Any) -> Any:
    """A JSON value as it comes back."""
    return json.loads(value) if isinstance(value, str) else value


def columns(model: type[Model], said: dict[str, str]) -> tuple[str, str, dict[str, Any]]:
    """Every column of ``model`` for INSERT … SELECT: (names, expressions, values).

    ``said`` maps columns to expressions; the others get what the model says, and
    now where it notes the moment. The key is left to the database unless said.
    """
    values: dict[str, Any] = {}
    written: dict[str, str] = {}
    for field in model._meta.concrete_fields:
        name = str(field.column)
        if name in said:
            written[name] = said[name]
        elif not field.primary_key:
            values[name] = _default(field)
            written[name] = f"%({name})s"
    return ", ".join(written), ", ".join(written.values()), values


def _default(field: "models.Field[Any, Any]") -> Any:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return field.get_db_prep_save(timezone.now(), connection)
    return field.get_db_prep_save(field.get_default(), connection)


def _adapted(values: dict[str, Any]) -> dict[str, Any]:
    if connection.vendor == "postgresql":
        return {name: list(v) if isinstance(v, Among) else v for name, v in values.items()}
    return {name: json.dumps(v) if isinstance(v, Among) else v for name, v in values.items()}
