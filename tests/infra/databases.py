"""Databases for tests that start processes of their own: real, migrated, and theirs alone."""

import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.infra.postgres import run_tool

ROOT = Path(__file__).resolve().parents[2]


class Databases:
    """Makes databases on the engine under test; migrates once and copies after that."""

    def __init__(self, directory: Path, postgres_url: str | None) -> None:
        """``postgres_url`` names the server's maintenance database; None means SQLite."""
        self._directory = directory
        self._postgres_url = postgres_url
        self._numbers = itertools.count(1)
        self._template: str | None = None

    def fresh(self) -> str:
        """The DATABASE_URL of a new migrated and otherwise empty database."""
        if self._template is None:
            self._template = self._create(template=None)
            migrate(self._template, self._directory / "template-var")
        return self._create(template=self._template)

    def copy_of(self, url: str) -> str:
        """A new database that holds what ``url`` holds. Nobody may be connected to ``url``."""
        return self._create(template=url)

    def backup_of(self, url: str) -> str:
        """A new database that holds what ``url`` held just now, while others go on writing.

        By the operator's own recipe: SQLite's backup, pg_dump and pg_restore.
        """
        if self._postgres_url is None:
            target = self._create(template=None)
            with (
                closing(sqlite3.connect(urlsplit(url).path[1:])) as source,
                closing(sqlite3.connect(urlsplit(target).path[1:])) as copy,
            ):
                source.backup(copy)
            return target
        dump = self._directory / "backup"
        run_tool(url, "pg_dump", "--format=custom", f"--file={dump}", url)
        target = self._create(template=None)
        run_tool(url, "pg_restore", f"--dbname={target}", str(dump))
        return target

    def _create(self, *, template: str | None) -> str:
        name = f"handbill_{os.getpid()}_{next(self._numbers)}"
        if self._postgres_url is None:
            return self._create_sqlite(name, template)
        return self._create_postgres(name, template)

    def _create_sqlite(self, name: str, template: str | None) -> str:
        path = self._directory / f"{name}.sqlite3"
        if template is not None:
            source = Path(urlsplit(template).path[1:])
            with sqlite3.connect(source) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            shutil.copyfile(source, path)
        return f"sqlite:///{path}"

    def _create_postgres(self, name: str, template: str | None) -> str:
        assert self._postgres_url is not None
        origin = "template0" if template is None else urlsplit(template).path[1:]
        with psycopg.connect(self._postgres_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(origin)
                )
            )
        return urlunsplit(urlsplit(self._postgres_url)._replace(path=f"/{name}"))


def migrate(database_url: str, var: Path) -> None:
    """Bring ``database_url`` up to date the way an operator does."""
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
        | {"DATABASE_URL": database_url, "HANDBILL_VAR": str(var)},
        check=True,
    )
