"""A real redis-server on a free loopback port, keeping nothing on disk."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import redis

START_SECONDS = 10


class RedisServer:
    """A server that can be killed, and started again on the same port."""

    def __init__(self) -> None:
        """Raises FileNotFoundError without redis-server."""
        executable = shutil.which("redis-server")
        if executable is None:
            raise FileNotFoundError("redis-server is missing: apt-get install redis-server")
        self._folder = tempfile.TemporaryDirectory(prefix="handbill-redis-")
        port = free_port()
        keeping_nothing = ("--save", "", "--appendonly", "no", "--dir", self._folder.name)
        self._command = [executable, "--port", str(port), "--bind", "127.0.0.1", *keeping_nothing]
        self.url = f"redis://127.0.0.1:{port}/0"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._folder.cleanup()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        _wait_until_it_answers(self.url)

    def kill(self) -> None:
        """End it at once; it remembers nothing."""
        self._process.kill()
        self._process.wait()


@contextmanager
def redis_server() -> Iterator[str]:
    """A fresh server; yields its URL. Raises FileNotFoundError without redis-server."""
    with RedisServer() as server:
        yield server.url


def free_port() -> int:
    """A TCP port nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    with redis.Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
            except redis.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return
