"""The site in a process of its own, and somebody who looks at its pages all the time."""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import requests

from bench.ground import ROOT, run
from tests.infra.redis import free_port

PAUSE_SECONDS = 0.25


@contextmanager
def site() -> Iterator[str]:
    """Gunicorn as ``manage.py run`` starts it; yields its address."""
    port = free_port()
    gunicorn = ["gunicorn", "--config", "python:config.gunicorn", "--bind", f"127.0.0.1:{port}"]
    server = subprocess.Popen([sys.executable, "-m", *gunicorn, "config.wsgi"], cwd=ROOT)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address)
        yield address
    finally:
        server.terminate()
        server.wait()


class Reader(threading.Thread):
    """A member of staff at the mailing's page and a visitor at the front page, by turns."""

    def __init__(self, address: str, mailing: int) -> None:
        """Reads from when it is entered until it is left."""
        super().__init__(daemon=True)
        self.milliseconds: dict[str, list[float]] = {"front": [], "mailing": []}
        self._pages = {"front": address, "mailing": f"{address}/staff/mailings/{mailing}/"}
        self._session = requests.Session()
        self._session.cookies.set(**run("inside.session"))
        self._enough = threading.Event()

    def run(self) -> None:
        """Open one page after the other."""
        while not self._enough.is_set():
            for name, page in self._pages.items():
                started = time.monotonic()
                answer = self._session.get(page, timeout=60, allow_redirects=False)
                if answer.status_code != requests.codes.ok:
                    raise SystemExit(f"{page}: {answer.status_code}")
                self.milliseconds[name].append((time.monotonic() - started) * 1000)
                self._enough.wait(PAUSE_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self.join()

    def result(self, when: str) -> dict[str, float]:
        """Median and 95th percentile of each page."""
        found: dict[str, float] = {}
        for name, times in self.milliseconds.items():
            found[f"{name}_page_ms_p50_{when}"] = round(statistics.median(times))
            found[f"{name}_page_ms_p95_{when}"] = round(percentile(times, 95))
        return found


def percentile(values: list[float], percent: int) -> float:
    """The value that so many per cent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def _wait(address: str) -> None:
    for _ in range(200):
        try:
            requests.get(f"{address}/healthz", timeout=5)
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the site did not start")
