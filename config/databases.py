"""DATABASE_URL as Django wants to hear it."""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

KINDS = "must begin with sqlite:/// or postgres://"


def database_problem(url: str) -> str:
    """Why ``url`` names no database we can use; empty when it does, or when nothing was given."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        # The error itself may quote a piece of the password.
        return "is no address; write special characters of a password as %40, %2F and so on"
    if not url:
        return ""
    if parts.scheme not in {"sqlite", "postgres", "postgresql"}:
        return KINDS
    if parts.scheme == "sqlite" and (parts.netloc or len(parts.path) < len("/x")):
        return "needs three slashes and a path: sqlite:///relative or sqlite:////absolute"
    return "" if parts.path.strip("/") else "needs the name of the database after the host"


def database_settings(url: str, var: Path) -> dict[str, Any]:
    """Django's DATABASES["default"] for ``sqlite:///path`` or ``postgres://…``; empty: in var.

    ``url`` has passed ``database_problem``.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(unquote(parts.path[1:]))
    return _postgres(parts) if url else _sqlite(str(var / "handbill.sqlite3"))


def _sqlite(path: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            # A writer announces itself at BEGIN, so two writers wait instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: a mark that was committed survives a power cut (NORMAL may forget it).
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }


# A process that freezes inside a transaction would hold its rows, and whoever wants them, for ever.
LONGEST_IDLE_TRANSACTION = "-c idle_in_transaction_session_timeout=60s"


def _postgres(parts: SplitResult) -> dict[str, Any]:
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    query.setdefault("options", LONGEST_IDLE_TRANSACTION)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }
