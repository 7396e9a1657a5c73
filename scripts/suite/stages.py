"""One stage of the suite: a command, its seconds, and what came of it."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from scripts.suite.tools import SEARCH_PATH

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "bin"
NO_TESTS_COLLECTED = 5


@dataclass(frozen=True)
class Outcome:
    """How one stage ended. A check counts as one test."""

    name: str
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def line(self) -> str:
        """For the summary."""
        counts = f"{self.passed} passed, {self.failed} failed"
        counts += f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.name:<28} {self.seconds:7.1f} s   {counts}"


def check(
    name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
) -> Outcome:
    """Run a command that passes or fails as a whole."""
    seconds, status = _run(name, command, environment or {})
    return Outcome(name, seconds, passed=int(status == 0), failed=int(status != 0))


def tests(
    name: str, arguments: Sequence[str], environment: Mapping[str, str], *, may_be_none: bool
) -> Outcome:
    """Run pytest; ``may_be_none``: the caller chose tests, and none may be left on this engine."""
    with tempfile.TemporaryDirectory(prefix="handbill-suite-") as directory:
        report = Path(directory) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *arguments]
        seconds, status = _run(name, command, environment)
        passed, failed, skipped = _counts(report)
    if status == NO_TESTS_COLLECTED and may_be_none:
        status = 0
    # A run that broke off without a failed test has failed all the same.
    return Outcome(name, seconds, passed, max(failed, int(status != 0)), skipped)


def _run(name: str, command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, int]:
    print(f"\n── {name} " + "─" * max(0, 76 - len(name)), flush=True)
    started = time.monotonic()
    status = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": SEARCH_PATH, **environment},
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode
    seconds = time.monotonic() - started
    print(f"── {name}: {seconds:.1f} s, {'ok' if status == 0 else f'exit {status}'}", flush=True)
    return seconds, status


def _counts(report: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped tests in pytest's own report."""
    if not report.exists():
        return 0, 0, 0
    suites = ElementTree.parse(report).iter("testsuite")  # noqa: S314  # pytest wrote it
    passed = failed = skipped = 0
    for suite in suites:
        bad = int(suite.attrib["failures"]) + int(suite.attrib["errors"])
        failed += bad
        skipped += int(suite.attrib["skipped"])
        passed += int(suite.attrib["tests"]) - bad - int(suite.attrib["skipped"])
    return passed, failed, skipped
