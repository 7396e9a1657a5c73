"""A million recipients: the list is made while people read pages, then all of it is sent.

Prints one JSON line. Nothing in it may depend on how many recipients there are.
"""

import argparse
import json
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from bench.ground import MAIL_BYTES, database, run, said, settle, start
from bench.relay import sink
from bench.site import Reader, site

# What the rate and the queries are looked at over, at both ends.
STRETCH = 50_000
EARLY = 10_000


def main() -> None:
    """Run the benchmark the arguments describe."""
    options = arguments()
    with (
        tempfile.TemporaryDirectory(prefix="handbill-bench-") as folder,
        database(options.engine, Path(folder)) as url,
        sink() as port,
    ):
        settle(url, Path(folder), relay=port, connections=options.connections)
        print(json.dumps(measure(options)))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=1_000_000)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="postgres")
    parser.add_argument("--list-only", action="store_true", help="make the list, send nothing")
    return parser.parse_args()


class Memory(threading.Thread):
    """Resident memory of a process over time, in MB."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Looks twice a second until the process ends."""
        super().__init__(daemon=True)
        self.seen: list[tuple[float, float]] = []
        self._status = Path(f"/proc/{process.pid}/status")

    def run(self) -> None:
        """Read and note."""
        while found := self._read():
            self.seen.append((time.time(), found))
            time.sleep(0.5)

    def until(self, moment: float) -> float:
        """The most it was up to ``moment``."""
        return max(size for at, size in self.seen if at <= moment)

    def _read(self) -> float:
        """0 once the process has ended."""
        try:
            lines = self._status.read_text(encoding="ascii").splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) / 1024 for line in lines if line[:6] == "VmRSS:"), 0)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Seed, make the list, send, read what happened."""
    mailing = run("inside.seed", options.recipients, MAIL_BYTES)["mailing"]
    result = {"bench": "send-scale", "engine": options.engine, "recipients": options.recipients}
    with site() as address:
        result |= make_list(mailing, address)
        if not options.list_only:
            result |= send(mailing, address, options.recipients)
    return result


def make_list(mailing: int, address: str) -> dict[str, Any]:
    """The rows, while somebody reads pages."""
    before = run("inside.timeline", mailing)
    with Reader(address, mailing) as reading:
        made = run("inside.expander", mailing)
    after = run("inside.timeline", mailing)
    return {
        "expansion_s": round(made["seconds"], 1),
        "rows_per_s": round(made["rows"] / made["seconds"]),
        **_database(before, after, made["rows"], "expanded"),
        **reading.result("expanding"),
    }


def send(mailing: int, address: str, recipients: int) -> dict[str, Any]:
    """The mails, while somebody reads pages."""
    before = run("inside.timeline", mailing)
    with Reader(address, mailing) as reading:
        worker = start("inside.sender", "--queries")
        memory = Memory(worker)
        memory.start()
        notes = said(worker)
    stretch = min(STRETCH, recipients // 4)
    ranks = (1, stretch, recipients - stretch + 1, recipients, EARLY)
    after = run("inside.timeline", mailing, *ranks)
    return {
        "accepted": after["accepted"],
        **reading.result("sending"),
        **_rates(notes, after["moments"], stretch),
        **_memory(memory, after["moments"]),
        **_database(before, after, recipients, "sent"),
        "cpu_us_per_mail": round(notes["cpu_s"] / notes["accepted"] * 1e6),
        "total_s": round(notes["ended"] - notes["started"], 1),
    }


def _rates(notes: dict[str, Any], moments: list[float], stretch: int) -> dict[str, float]:
    """Mails a second and queries for a thousand mails, at the beginning and at the end."""
    first, first_end, last, last_end, _early = moments
    rate_first = stretch / (first_end - first)
    rate_last = stretch / (last_end - last)

    def queries(begin: float, end: float) -> float:
        within = [moment for moment in notes["queries"] if begin < moment <= end]
        return len(within) / stretch * 1000

    return {
        "rate_first": round(rate_first),
        "rate_last": round(rate_last),
        "rate_ratio": round(rate_last / rate_first, 2),
        "queries_per_1000_first": round(queries(first, first_end), 1),
        "queries_per_1000_last": round(queries(last, last_end), 1),
    }


def _memory(memory: Memory, moments: list[float]) -> dict[str, float]:
    early, whole = memory.until(moments[-1]), memory.until(time.time())
    return {
        "worker_rss_mb_early": round(early),
        "worker_rss_mb_whole": round(whole),
        "rss_ratio": round(whole / early, 2),
    }


def _database(
    before: dict[str, Any], after: dict[str, Any], rows: int, what: str
) -> dict[str, int]:
    """What a row costs the server; nothing where there is none."""
    if after["wal_bytes"] is None:
        return {}

    def spent(name: str) -> float:
        return float(after[name] - before[name]) / rows

    return {
        f"bytes_per_row_{what}": round(after["ledger_bytes"] / rows),
        f"wal_bytes_per_row_{what}": round(spent("wal_bytes")),
        f"database_cpu_us_per_row_{what}": round(spent("database_cpu_s") * 1e6),
    }


if __name__ == "__main__":
    main()
