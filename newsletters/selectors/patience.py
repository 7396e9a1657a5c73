"""Questions that may take long, with an end to it: a page never waits for the database."""

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from newsletters.errors import TookTooLong

# PostgreSQL's "query_canceled".
CANCELLED = "57014"
# SQLite asks after so many of its steps, some ten thousand times a second.
STEPS = 10_000
# Counting joins whole tables in memory once; what is let go of afterwards.
OF_ALL = {"work_mem": "64MB"}
# Whoever asks about a few people wants them looked up, and no table read for it.
OF_FEW = {"work_mem": "1MB", "enable_hashjoin": "off", "enable_mergejoin": "off"}


@dataclass(frozen=True)
class Plan:
    """What PostgreSQL expects of a question, in its own units of cost, and of rows found."""

    cost: float
    rows: int


def two_figures(number: float) -> int:
    """What an estimate knows of a number."""
    return int(float(f"{number:.1e}"))


def plan_of(asked: QuerySet[Any]) -> Plan | None:
    """What ``asked`` would cost, without asking it (one query); None where nobody says."""
    if connection.vendor != "postgresql":
        return None
    said = asked.explain(format="json")
    if not said:
        # Nobody answers to it, as Django knows by itself.
        return Plan(0, 0)
    plan = json.loads(said)[0]["Plan"]
    return Plan(plan["Total Cost"], int(plan["Plan Rows"]))


@contextmanager
def at_most(seconds: float, *, plans: Mapping[str, str] = OF_ALL) -> Iterator[None]:
    """What is asked inside ends after ``seconds`` with TookTooLong. Nothing may be written in it.

    The limit holds for each statement on PostgreSQL, and for all together on SQLite.
    """
    is_postgres = connection.vendor == "postgresql"
    try:
        with _on_postgres(seconds, plans) if is_postgres else _on_sqlite(seconds):
            yield
    except OperationalError as error:
        if not _was_stopped(error):
            raise
        raise TookTooLong from error


@contextmanager
def _on_postgres(seconds: float, plans: Mapping[str, str]) -> Iterator[None]:
    """Local to a transaction, or to a savepoint of the one around it."""
    limits = {
        "statement_timeout": f"{max(1, round(seconds * 1000))}ms",
        **plans,
        # Compiling a count takes longer than counting.
        "jit": "off",
    }
    parameters = [word for pair in limits.items() for word in pair]
    wanted = ", ".join(["set_config(%s, %s, true)"] * len(limits))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {wanted}", parameters)
        yield
        # Nothing was written; a rollback puts the settings back without being told which.
        transaction.set_rollback(True)


@contextmanager
def _on_sqlite(seconds: float) -> Iterator[None]:
    connection.ensure_connection()
    end = time.monotonic() + seconds
    connection.connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, STEPS)


def _was_stopped(error: OperationalError) -> bool:
    cause = error.__cause__
    if isinstance(cause, sqlite3.OperationalError):
        return cause.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT
    return getattr(cause, "sqlstate", "") == CANCELLED
