"""What the ledger says, read with plain SQL: it must not depend on the code under test."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import psycopg

from newsletters.states import DeliveryState


class Cursor(Protocol):
    """What both drivers' cursors can do."""

    def fetchall(self) -> list[Any]:
        """Every row."""


class Connection(Protocol):
    """What both drivers' connections can do."""

    def execute(self, statement: str) -> Cursor:
        """Run one statement."""

    def commit(self) -> None:
        """Keep it."""


@dataclass(frozen=True)
class Ledger:
    """Every row of the ledger at one moment, by address."""

    rows: dict[str, DeliveryState]
    claims: int

    def at(self, *states: DeliveryState) -> set[str]:
        """Addresses whose row stands in one of ``states``."""
        return {address for address, found in self.rows.items() if found in states}

    @property
    def is_done(self) -> bool:
        """Everybody's mail was accepted, and nobody holds a row."""
        return not self.claims and self.at(DeliveryState.ACCEPTED) == set(self.rows)

    @property
    def is_over(self) -> bool:
        """Nothing is left to send, and nobody holds a row."""
        return not self.claims and not self.at(DeliveryState.READY, DeliveryState.CLAIMED)


class Books:
    """The database of an arena."""

    def __init__(self, url: str) -> None:
        self._url = url

    def read(self) -> Ledger:
        """Every row as it stands."""
        with self._open() as database:
            rows = database.execute("SELECT address, state FROM newsletters_delivery").fetchall()
            claims = database.execute("SELECT count(*) FROM newsletters_claim").fetchall()[0][0]
        return Ledger({address: DeliveryState(state) for address, state in rows}, claims)

    def addresses(self) -> dict[int, str]:
        """Delivery → address."""
        with self._open() as database:
            return dict(database.execute("SELECT id, address FROM newsletters_delivery").fetchall())

    def mailing(self) -> tuple[str, int]:
        """State and total of the only mailing."""
        with self._open() as database:
            rows = database.execute("SELECT state, total FROM newsletters_mailing").fetchall()
        return str(rows[0][0]), int(rows[0][1])

    def change(self) -> tuple[str, int, int]:
        """Of the only change to many people: its state, who was looked at, who was changed."""
        with self._open() as database:
            rows = database.execute("SELECT state, done, changed FROM newsletters_bulkchange")
            state, done, changed = rows.fetchall()[0]
        return str(state), int(done), int(changed)

    def tagged(self) -> tuple[int, int]:
        """How many tags people wear, and how many an undo would take off."""
        with self._open() as database:
            worn = database.execute("SELECT count(*) FROM newsletters_contact_tags").fetchall()
            kept = database.execute("SELECT count(*) FROM newsletters_bulkchangerow").fetchall()
        return int(worn[0][0]), int(kept[0][0])

    def is_held(self) -> bool:
        """A process stands in the middle of a transaction that others must wait for."""
        with self._open() as database:
            if isinstance(database, psycopg.Connection):
                idle = (
                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
                    "AND state LIKE 'idle in transaction%'"
                )
                return bool(database.execute(idle).fetchall())
            try:
                database.execute("PRAGMA busy_timeout = 200")
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
        return False

    def unmake_list(self) -> None:
        """The mailing stands where nobody has a row yet."""
        self._change("DELETE FROM newsletters_delivery")
        self._change("UPDATE newsletters_mailing SET state = 'expanding', started_at = NULL")

    def move_mailing(self, old: str, new: str) -> None:
        """What the buttons "Pause" and "Go on" do."""
        self._change(f"UPDATE newsletters_mailing SET state = '{new}' WHERE state = '{old}'")

    def move_half(self, domain: str) -> None:
        """Every second person has a mailbox at ``domain``."""
        self._change(
            "UPDATE newsletters_delivery "
            f"SET address = replace(address, '@example.org', '@{domain}') WHERE id % 2 = 0"
        )

    def end_rest(self) -> None:
        """The ten minutes of every row in doubt are over."""
        self._change(
            "UPDATE newsletters_delivery SET due_at = created_at "
            f"WHERE state = {DeliveryState.UNSURE.value}"
        )

    def end_grace(self) -> None:
        """The minute in which a person can take "send again" back is over."""
        self._change(
            "UPDATE newsletters_delivery SET due_at = created_at "
            f"WHERE state = {DeliveryState.READY.value}"
        )

    def wake_transports(self) -> None:
        """What the button "try now" does."""
        self._change("UPDATE newsletters_transport SET state = 'open', retry_at = NULL")

    def _change(self, statement: str) -> None:
        with self._open() as database:
            database.execute(statement)
            database.commit()

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        parts = urlsplit(self._url)
        if parts.scheme == "sqlite":
            with closing(sqlite3.connect(unquote(parts.path[1:]), timeout=20)) as file:
                yield file
        else:
            with psycopg.connect(self._url) as server:
                yield server
