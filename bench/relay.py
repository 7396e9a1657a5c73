"""Debian postfix's own load tools: the sink mails go to, and the source we compare with."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def sink() -> Iterator[int]:
    """smtp-sink on a free loopback port; yields the port."""
    port = _free_port()
    # As root it insists on a user to become.
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([_tool("smtp-sink"), *user, f"127.0.0.1:{port}", "1000"])
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def source_rate(port: int, *, mails: int, connections: int, size: int, kept: bool = False) -> float:
    """Mails a second that smtp-source hands to the same sink.

    By itself it makes a connection for each mail; ``kept`` lets it keep them (its ``-d``).
    """
    started = time.monotonic()
    counts = ["-s", str(connections), "-m", str(mails), "-l", str(size)]
    keeping = ["-d"] if kept else []
    subprocess.run([_tool("smtp-source"), *keeping, *counts, f"127.0.0.1:{port}"], check=True)
    return mails / (time.monotonic() - started)


def _tool(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        raise SystemExit(f"{name} is missing: apt-get install postfix")
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("smtp-sink did not start")
