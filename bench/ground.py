"""The ground a benchmark stands on: a fresh database, our settings, our programs."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.infra.databases import migrate
from tests.infra.postgres import operated_server

ROOT = Path(__file__).resolve().parents[1]
MAIL_BYTES = 10_240


@contextmanager
def database(engine: str, folder: Path) -> Iterator[str]:
    """A fresh database that keeps its promises at a power cut (fsync on), set up as operated."""
    if engine == "sqlite":
        yield f"sqlite:///{folder}/bench.sqlite3"
    else:
        with operated_server() as url:
            yield url


def settle(url: str, folder: Path, *, relay: int, connections: int = 10) -> None:
    """Make ``url`` and the relay's port the settings of every program started from here."""
    make_keys()
    os.environ.update(
        DATABASE_URL=url,
        HANDBILL_VAR=str(folder / "var"),
        MAIL_URL=f"smtp://127.0.0.1:{relay}?tls=none",
        MAIL_CONNECTIONS=str(connections),
        POSTAL_ADDRESS="1 Square, Orrin",
        DJANGO_SETTINGS_MODULE="config.settings",
    )
    migrate(url, folder / "var")


def make_keys() -> None:
    """Secrets for this run."""
    os.environ.update({name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "ADDRESS_KEY")})


def start(name: str, *words: object) -> subprocess.Popen[str]:
    """A program of ours (``inside.seed``) as a process; what it prints is for ``said``."""
    command = [sys.executable, "-m", f"bench.{name}", *map(str, words)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)


def said(program: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for ``program`` and read its last line. Its failure ends the benchmark."""
    output = program.communicate()[0]
    if program.returncode:
        raise SystemExit(f"{program.args!r} ended with {program.returncode}")
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def run(name: str, *words: object) -> dict[str, Any]:
    """Run a program of ours to its end."""
    return said(start(name, *words))
