"""One command that keeps web, worker and scheduler running: starts, watches, restarts, stops."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import IO

PR_SET_PDEATHSIG = 1
# A process that dies is started again after 1, 2, 4 … at most 30 seconds.
LONGEST_WAIT = 30.0
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Part:
    """One process of the program."""

    name: str
    command: list[str]


@dataclass
class Child:
    """A part while it runs."""

    part: Part
    process: subprocess.Popen[str]
    started: float = field(default_factory=time.monotonic)
    deaths: int = 0
    due: float | None = None


class Supervisor:
    """Runs parts until SIGINT or SIGTERM, then stops all of them."""

    def __init__(self, parts: list[Part], environment: dict[str, str] | None = None) -> None:
        self._parts = parts
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})}
        self._stop = threading.Event()
        self._children: list[Child] = []

    def run(self) -> int:
        """Start every part and keep it running. Returns 0 after an orderly stop."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop.set())
        self._children = [Child(part, self._start(part)) for part in self._parts]
        try:
            while not self._stop.wait(0.5):
                for child in self._children:
                    self._look_after(child)
        finally:
            self._end()
        return 0

    def _start(self, part: Part) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            part.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=self._environment,
            # Ctrl-C reaches the supervisor alone, which stops the parts in order.
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        assert process.stdout is not None
        threading.Thread(target=_relay, args=(part.name, process.stdout), daemon=True).start()
        return process

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process.poll() is None:
            return
        if child.due is None:
            child.deaths = 1 if now - child.started > 60 else child.deaths + 1
            wait = min(2.0 ** (child.deaths - 1), LONGEST_WAIT)
            child.due = now + wait
            _say(child.part.name, f"ended with {child.process.returncode}, again in {wait:.0f} s")
        elif now >= child.due:
            child.process = self._start(child.part)
            child.started, child.due = now, None

    def _end(self) -> None:
        """Ask all to stop; what has not after PATIENCE_SECONDS is killed."""
        for child in self._children:
            if child.process.poll() is None:
                child.process.terminate()
        until = time.monotonic() + PATIENCE_SECONDS
        for child in self._children:
            try:
                child.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()


def _die_with_parent() -> None:
    """Linux: when the supervisor is killed, the kernel ends its parts, so that no port stays taken."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _relay(name: str, lines: IO[str]) -> None:
    for line in lines:
        _say(name, line.rstrip())


def _say(name: str, line: str) -> None:
    print(f"{name:>9} | {line}", flush=True)
