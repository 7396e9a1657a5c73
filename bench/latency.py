"""Speed of sending to a relay far away: the same mails through 20 ms of round-trip time.

Prints one JSON line. ``reference`` is one mail for each round trip of each connection: what a
client reaches that never waits for anything but the reply to its last dot.
"""

import argparse
import json
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.ground import MAIL_BYTES, database, run, settle, start
from bench.relay import sink

ROUND_TRIPS = 20


def main() -> None:
    """Run the benchmark the arguments describe."""
    options = arguments()
    with (
        tempfile.TemporaryDirectory(prefix="handbill-bench-") as folder,
        database(options.engine, Path(folder)) as url,
        sink() as near,
        far_away(near, options.delay_ms) as port,
    ):
        settle(url, Path(folder), relay=port, connections=options.connections)
        result = measure(options, port)
    print(json.dumps(result))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--delay-ms", type=int, default=10, help="one way")
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="postgres")
    return parser.parse_args()


@contextmanager
def far_away(port: int, milliseconds: int) -> Iterator[int]:
    """The port of a proxy in front of ``port``."""
    proxy = start("delay", port, milliseconds)
    try:
        if proxy.stdout is None:
            raise SystemExit("the proxy says nothing")
        yield int(proxy.stdout.readline())
    finally:
        proxy.terminate()
        proxy.wait()


def round_trip(port: int) -> float:
    """Seconds from a command to its reply, the median of some."""
    times = []
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.recv(1000)
        for _ in range(ROUND_TRIPS):
            started = time.monotonic()
            line.sendall(b"NOOP\r\n")
            line.recv(1000)
            times.append(time.monotonic() - started)
    return statistics.median(times)


def measure(options: argparse.Namespace, port: int) -> dict[str, Any]:
    """Seed, send, compare."""
    run("inside.expander", run("inside.seed", options.recipients, MAIL_BYTES)["mailing"])
    rtt = round_trip(port)
    notes = run("inside.sender")
    rate = notes["accepted"] / (notes["ended"] - notes["started"])
    return {
        "bench": "send-latency",
        "engine": options.engine,
        "recipients": options.recipients,
        "accepted": notes["accepted"],
        "connections": options.connections,
        "rtt_ms": round(rtt * 1000, 1),
        "mails_per_s": round(rate),
        "per_connection_per_s": round(rate / options.connections, 1),
        "reference": round(1 / rtt, 1),
        "ratio": round(rate / options.connections * rtt, 2),
        "cpu_us_per_mail": round(notes["cpu_s"] / notes["accepted"] * 1e6),
    }


if __name__ == "__main__":
    main()
