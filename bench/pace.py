"""How much of an allowed rate is used, by a worker that has to learn it from refusals.

A relay takes so many mails a second and answers the others with 451 4.7.1; then
the same for one of two domains behind it. One JSON line each: what it took
once the first ``--warm-up`` seconds were over. Needs redis-server.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.ground import database, settle
from tests.faults.arena import CONNECTIONS, Arena, plant, twice
from tests.infra.redis import RedisServer
from tests.infra.sink_script import Limit, Script
from tests.sink import Sink

SLOW = "slow.example"


def main() -> None:
    """Measure a relay, then a domain."""
    options = arguments()
    for domain in (None, SLOW):
        print(json.dumps(measure(options, domain)), flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--allowed", type=float, default=50, help="mails a second")
    parser.add_argument("--warm-up", type=float, default=15, help="seconds that do not count")
    parser.add_argument("--seconds", type=float, default=60, help="seconds that count")
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="postgres")
    return parser.parse_args()


def measure(options: argparse.Namespace, domain: str | None) -> dict[str, Any]:
    """One send against one limit."""
    limit = Limit(per_second=options.allowed, domain=domain)
    with (
        tempfile.TemporaryDirectory(prefix="handbill-bench-") as name,
        database(options.engine, folder := Path(name)) as url,
        Sink(record=folder / "accepted.txt", script=Script(limits=[limit])) as sink,
        RedisServer() as broker,
    ):
        settle(url, folder, relay=sink.port)
        arena = Arena(folder, database=url, broker=broker.url, sink=sink)
        enough = int(options.allowed * (options.warm_up + options.seconds) * 1.5)
        plant(url, folder / "var", enough if domain is None else 2 * enough)
        if domain is not None:
            arena.books.move_half(domain)
        try:
            arena.start_everything()
            arena.wait_for_mails(1)
            return {
                "bench": "pace",
                "limited": domain or "relay",
                "engine": options.engine,
                "connections": CONNECTIONS,
                **_watch(options, limit, sink),
            }
        finally:
            arena.close()


def _watch(options: argparse.Namespace, limit: Limit, sink: Sink) -> dict[str, Any]:
    time.sleep(options.warm_up)
    started, taken, refused = time.monotonic(), limit.taken, limit.refused
    time.sleep(options.seconds)
    reached = (limit.taken - taken) / (time.monotonic() - started)
    return {
        "allowed_per_s": options.allowed,
        "reached_per_s": round(reached, 1),
        "ratio": round(reached / options.allowed, 3),
        "refused": limit.refused - refused,
        "refused_warming_up": refused,
        "duplicates": len(twice(sink)),
        "accepted": len(sink.accepted()),
    }


if __name__ == "__main__":
    main()
