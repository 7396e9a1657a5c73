"""One command that keeps web, worker and scheduler running: starts, watches, restarts, stops."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

# A process that dies is started again after 1, 2, 4 … at most 30 seconds.
LONGEST_WAIT = 30.0
# Who ran so long had a good start; its next death is its first again.
STEADY_SECONDS = 60.0
# For a mail in the air and a page being read; what takes longer can be killed and goes on later.
PATIENCE_SECONDS = 7.0
LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class Part:
    """One process of the program."""

    name: str
    command: list[str]


@dataclass
class Child:
    """A part while it runs. The process leads a group of its own, which its helpers share."""

    part: Part
    process: subprocess.Popen[str]
    started: float = field(default_factory=time.monotonic)
    deaths: int = 0
    due: float | None = None


class Supervisor:
    """Runs parts until SIGINT, SIGTERM or SIGHUP, then stops all of them."""

    def __init__(self, parts: list[Part], environment: Mapping[str, str] | None = None) -> None:
        self._parts = parts
        self._environment = {**os.environ, **(environment or {}), "PYTHONUNBUFFERED": "1"}
        self._stop = threading.Event()
        self._children: list[Child] = []

    def run(self) -> int:
        """Start every part and keep it running. Returns 0 after an orderly stop.

        Every part has ended when this returns; when this process is killed, the
        kernel ends them (``worker.leash``). Call it from the main thread.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stop.set())
        try:
            for part in self._parts:
                self._children.append(Child(part, self._start(part)))
            while not self._stop.wait(LOOK_SECONDS):
                for child in self._children:
                    self._look_after(child)
        finally:
            self._end()
        return 0

    def _start(self, part: Part) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603  # commands from our own code, no shell
            [sys.executable, "-m", "worker.leash", str(os.getpid()), *part.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=self._environment,
            # Ctrl-C reaches the supervisor alone, which stops the parts in order.
            start_new_session=True,
        )
        if process.stdout is not None:
            relay = threading.Thread(target=_relay, args=(part.name, process.stdout), daemon=True)
            relay.start()
        return process

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process.poll() is None:
            return
        if child.due is None:
            # Helpers of a killed part would keep its port, and do its work unwatched.
            _signal_group(child, signal.SIGKILL)
            child.deaths = 1 if now - child.started > STEADY_SECONDS else child.deaths + 1
            wait = min(2.0 ** (child.deaths - 1), LONGEST_WAIT)
            child.due = now + wait
            _say(child.part.name, f"{_ending(child.process.returncode)}, again in {wait:.0f} s")
        elif now >= child.due:
            child.process = self._start(child.part)
            child.started, child.due = now, None
            _say(child.part.name, "started again")

    def _end(self) -> None:
        """Ask all at once to stop; what has not after PATIENCE_SECONDS is killed."""
        for child in self._children:
            if child.process.poll() is None:
                child.process.terminate()
        until = time.monotonic() + PATIENCE_SECONDS
        for child in self._children:
            try:
                child.process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                _say(child.part.name, "did not stop in time and was killed; it goes on next time")
            _signal_group(child, signal.SIGKILL)
            child.process.wait()


def _signal_group(child: Child, number: signal.Signals) -> None:
    """Reach the part and whatever it started. Nobody left is fine."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.process.pid, number)


def _ending(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with status {code}"


def _relay(name: str, lines: IO[str]) -> None:
    for line in lines:
        if line.strip():
            _say(name, line.rstrip())


def _say(name: str, line: str) -> None:
    sys.stdout.write(f"{name:>9} | {line}\n")
    sys.stdout.flush()
