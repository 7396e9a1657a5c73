"""Speed of sending: personalised 10 KB mails, durable marks, into smtp-sink on loopback.

Prints one JSON line. ``ratio`` compares with smtp-source into the same sink in the same run.
"""

import argparse
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.relay import sink, source_rate  # noqa: E402  # the repository's root is on the path now
from tests.infra.databases import migrate  # noqa: E402  # likewise
from tests.infra.postgres import postgres_server  # noqa: E402  # likewise

MAIL_BYTES = 10_240


def main() -> None:
    """Run the benchmark the arguments describe."""
    options = arguments()
    with (
        tempfile.TemporaryDirectory(prefix="handbill-bench-") as folder,
        database(options.engine, folder) as url,
        sink() as port,
    ):
        result = measure(options, Path(folder), url, port)
    print(json.dumps(result))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="postgres")
    return parser.parse_args()


@contextmanager
def database(engine: str, folder: str) -> Iterator[str]:
    """A fresh database that keeps its promises at a power cut (fsync on)."""
    if engine == "sqlite":
        yield f"sqlite:///{folder}/bench.sqlite3"
    else:
        with postgres_server(durable=True) as url:
            yield url


def measure(options: argparse.Namespace, folder: Path, url: str, port: int) -> dict[str, Any]:
    """Seed, send, compare."""
    os.environ.update(
        DATABASE_URL=url,
        HANDBILL_VAR=str(folder / "var"),
        MAIL_URL=f"smtp://127.0.0.1:{port}?tls=none",
        MAIL_CONNECTIONS=str(max(1, options.connections // options.workers)),
        SECRET_KEY=secrets.token_urlsafe(48),
        ADDRESS_KEY=secrets.token_urlsafe(48),
        DJANGO_SETTINGS_MODULE="config.settings",
    )
    migrate(url, folder / "var")
    run([sys.executable, "-m", "bench.seed", str(options.recipients), str(MAIL_BYTES)])
    reference = [_reference(options, port)]
    workers = [start() for _ in range(options.workers)]
    said = [json.loads(worker.communicate()[0].splitlines()[-1]) for worker in workers]
    reference.append(_reference(options, port))
    return _result(options, said, statistics.median(reference))


def start() -> subprocess.Popen[str]:
    """One worker process."""
    return subprocess.Popen(
        [sys.executable, "-m", "bench.sender"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def run(command: list[str]) -> None:
    """Run one step; its failure ends the benchmark."""
    subprocess.run(command, cwd=ROOT, check=True)


def _reference(options: argparse.Namespace, port: int) -> float:
    return source_rate(
        port, mails=options.recipients, connections=options.connections, size=MAIL_BYTES
    )


def _result(
    options: argparse.Namespace, said: list[dict[str, float]], reference: float
) -> dict[str, Any]:
    accepted = sum(int(worker["accepted"]) for worker in said)
    seconds = max(w["ended"] for w in said) - min(w["started"] for w in said)
    rate = accepted / seconds
    return {
        "bench": "send",
        "engine": options.engine,
        "recipients": options.recipients,
        "accepted": accepted,
        "connections": options.connections,
        "workers": options.workers,
        "mails_per_s": round(rate),
        "cpu_us_per_mail": round(sum(w["cpu_s"] for w in said) / accepted * 1e6),
        "peak_rss_mb": round(max(w["peak_rss_mb"] for w in said)),
        "reference_per_s": round(reference),
        "ratio": round(rate / reference, 2),
    }


if __name__ == "__main__":
    main()
