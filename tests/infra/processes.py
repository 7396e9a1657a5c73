"""Our own programs as real processes that a test may kill."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.infra.databases import ROOT


class Program:
    """One process group started from the repository's root; dies with the test."""

    def __init__(self, arguments: list[str], *, environment: Mapping[str, str], log: Path) -> None:
        """Start ``python *arguments``, ``environment`` over ours; output goes to ``log``."""
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send ``number`` to the whole process group and wait for the program to end."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        self.process.wait()

    def stop(self, seconds: float = 20) -> int:
        """Ask politely (SIGTERM); returns the exit status. Raises TimeoutExpired if it will not."""
        self.process.terminate()
        return self.process.wait(seconds)

    def output(self) -> str:
        """All it has said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def wait_until(true: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Poll ``true`` until it holds. Raises AssertionError naming ``what`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:g} s")
        time.sleep(0.05)
