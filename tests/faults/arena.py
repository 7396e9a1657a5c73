"""A whole installation that a test may hurt: database, relay, broker, worker and scheduler."""

import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import redis

from newsletters.states import DeliveryState
from tests.infra.databases import ROOT
from tests.infra.processes import Program, wait_until
from tests.infra.redis import free_port
from tests.sink import Sink

CONNECTIONS = 4
CELERY = ("celery", "-A", "worker.celery", "--quiet")


@dataclass(frozen=True)
class Ledger:
    """What the database says."""

    rows: dict[str, DeliveryState]
    claims: int

    def at(self, state: DeliveryState) -> set[str]:
        """Addresses whose row stands there."""
        return {address for address, found in self.rows.items() if found == state}


class Arena:
    """Programs on one database, with a real broker and a relay that writes before it answers."""

    def __init__(self, folder: Path, *, database: str, broker: str, sink: Sink) -> None:
        self.sink = sink
        self.environment = {
            "DATABASE_URL": database,
            "REDIS_URL": broker,
            "HANDBILL_VAR": str(folder / "var"),
            "MAIL_URL": f"smtp://127.0.0.1:{sink.port}?tls=none",
            "MAIL_CONNECTIONS": str(CONNECTIONS),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        self._folder = folder
        self._broker = broker
        self._programs: list[Program] = []
        self.start_everything()

    def close(self) -> None:
        """Stop everything."""
        for program in self._programs:
            program.kill()

    def start_everything(self) -> None:
        """Worker and scheduler."""
        self.start_worker()
        self._start("scheduler", ["-m", *CELERY, "beat", "--scheduler", "celery.beat:Scheduler"])

    def start_web(self) -> None:
        """The site, which has no part in sending."""
        web = ["-m", "gunicorn", "--bind", f"127.0.0.1:{free_port()}", "config.wsgi"]
        self._start("web", web)

    def start_worker(self) -> None:
        """One more worker; ``worker`` is the newest."""
        threads = ["--pool", "threads", "--concurrency", "4"]
        queues = ["--queues", "now,bulk,imports,default", "--without-gossip", "--without-mingle"]
        self.worker = self._start("worker", ["-m", *CELERY, "worker", *threads, *queues])

    def wait_for_mails(self, count: int) -> None:
        """Wait until the relay has taken so many more than now."""
        goal = len(self.sink.accepted()) + count
        wait_until(lambda: len(self.sink.accepted()) >= goal, seconds=60, what=f"{goal} mails")

    def ask(self, *words: str) -> str:
        """Run tests.faults.ledger on this installation's database."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.ledger", *words],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def ledger(self) -> Ledger:
        """Every row as it stands."""
        said = json.loads(self.ask("states"))
        rows = {address: DeliveryState(state) for address, state in said["rows"].items()}
        return Ledger(rows, said["claims"])

    def kill_worker_at(self, accepted: int) -> None:
        """kill -9 once the relay has taken ``accepted`` mails; a new worker starts at once."""
        wait_until(
            lambda: len(self.sink.accepted()) >= accepted, seconds=60, what=f"{accepted} mails"
        )
        self.worker.kill()
        self.start_worker()

    def wait_for_end(self) -> Ledger:
        """Wait until no row is ready or claimed."""
        found: list[Ledger] = []

        def over() -> bool:
            found[:] = [self.ledger()]
            open_rows = found[0].at(DeliveryState.READY) | found[0].at(DeliveryState.CLAIMED)
            return not open_rows and not found[0].claims

        # Longer than a frozen session may hold its rows (config/databases.py).
        wait_until(over, seconds=150, what="the end of the mailing")
        return found[0]

    def _start(self, name: str, words: list[str]) -> Program:
        log = self._folder / f"{name}.log"
        program = Program(words, environment=self.environment, log=log)
        self._programs.append(program)
        return program


class Flusher(threading.Thread):
    """Empties the broker every second until told to stop."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self.enough = threading.Event()

    def run(self) -> None:
        with redis.Redis.from_url(self._url) as client:
            while not self.enough.wait(1):
                client.flushall()


def kill_points(total: int, kills: int, dice: random.Random) -> list[int]:
    """At which numbers of accepted mails the worker is killed, spread over the whole send."""
    share = total // (kills + 1)
    return [share * (n + 1) + dice.randrange(-share // 3, share // 3) for n in range(kills)]


def twice(sink: Sink) -> dict[str, int]:
    """Addresses the relay took more than one mail for."""
    counted = Counter(address for _, address in sink.accepted())
    return {address: times for address, times in counted.items() if times > 1}
