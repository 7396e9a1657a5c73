"""Speed of sending: personalised 10 KB mails, durable marks, into smtp-sink on loopback.

Prints one JSON line. ``ratio`` compares with smtp-source into the same sink, before and
after; ``ratio_kept`` with smtp-source that keeps its connections, which makes, stores and
looks up nothing for a mail: what a relay on these cores can take at all.
"""

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

from bench.ground import MAIL_BYTES, database, run, said, settle, start
from bench.relay import sink, source_rate

REFERENCES = 3


def main() -> None:
    """Run the benchmark the arguments describe."""
    options = arguments()
    with (
        tempfile.TemporaryDirectory(prefix="handbill-bench-") as folder,
        database(options.engine, Path(folder)) as url,
        sink() as port,
    ):
        result = measure(options, Path(folder), url, port)
    print(json.dumps(result))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="postgres")
    return parser.parse_args()


def measure(options: argparse.Namespace, folder: Path, url: str, port: int) -> dict[str, Any]:
    """Seed, send, compare."""
    settle(url, folder, relay=port, connections=max(1, options.connections // options.workers))
    mailing = run("inside.seed", options.recipients, MAIL_BYTES)["mailing"]
    run("inside.expander", mailing)
    before = _reference(options, port)
    workers = [start("inside.sender") for _ in range(options.workers)]
    notes = [said(worker) for worker in workers]
    after = _reference(options, port)
    return _result(options, notes, {kept: (before[kept] + after[kept]) / 2 for kept in before})


def _reference(options: argparse.Namespace, port: int) -> dict[bool, float]:
    """The medians of smtp-source, by whether it keeps its connections."""
    mails = min(options.recipients, 20_000)
    sizes = {"mails": mails, "connections": options.connections, "size": MAIL_BYTES}
    return {
        kept: statistics.median(source_rate(port, kept=kept, **sizes) for _ in range(REFERENCES))
        for kept in (False, True)
    }


def _result(
    options: argparse.Namespace, notes: list[dict[str, Any]], reference: dict[bool, float]
) -> dict[str, Any]:
    accepted = sum(worker["accepted"] for worker in notes)
    seconds = max(w["ended"] for w in notes) - min(w["started"] for w in notes)
    rate = accepted / seconds
    return {
        "bench": "send",
        "engine": options.engine,
        "recipients": options.recipients,
        "accepted": accepted,
        "connections": options.connections,
        "workers": options.workers,
        "mails_per_s": round(rate),
        "cpu_us_per_mail": round(sum(w["cpu_s"] for w in notes) / accepted * 1e6),
        "peak_rss_mb": round(max(w["peak_rss_mb"] for w in notes)),
        "reference_per_s": round(reference[False]),
        "ratio": round(rate / reference[False], 2),
        "reference_kept_per_s": round(reference[True]),
        "ratio_kept": round(rate / reference[True], 2),
    }


if __name__ == "__main__":
    main()
