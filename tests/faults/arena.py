"""A whole installation that a test may hurt: database, relay, broker, worker and scheduler."""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import redis
from celery import Celery

from newsletters.states import DeliveryState
from tests.faults.ledger import Books, Ledger
from tests.infra.databases import ROOT
from tests.infra.processes import Program, wait_until
from tests.infra.redis import free_port
from tests.sink import Sink
from worker.doorbell import QUEUE_OF, Job

CONNECTIONS = 4
CELERY = ("-A", "worker.celery", "--quiet")
WORKER = (
    *("worker", "--pool", "threads", "--concurrency", "4", "--without-gossip"),
    *("--queues", "now,bulk,imports,default", "--without-mingle"),
)
# Rung by the scheduler alone.
SWEEP = "newsletters.sweep"


@dataclass(frozen=True)
class Crash:
    """At which call of which function a rigged worker ends, before its step or after it."""

    name: str
    when: Literal["before", "after"]
    number: int = 1


@dataclass(frozen=True)
class Rig:
    """What is done to a worker; see tests.faults.rigged."""

    crash: Crash | None = None
    constants: Mapping[str, float] = field(default_factory=dict)

    def words(self) -> list[str]:
        """The program and its first argument."""
        said: dict[str, Any] = {"set": dict(self.constants)}
        if self.crash:
            said["crash"] = vars(self.crash)
        return ["tests.faults.rigged", json.dumps(said)]


class Often(threading.Thread):
    """Does the same thing every second from when it is entered until it is left."""

    def __init__(self, step: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._step = step
        self._enough = threading.Event()

    def run(self) -> None:
        while not self._enough.wait(1):
            self._step()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self.join()


class Arena:
    """Programs on one database, with a real broker and a relay that writes before it answers."""

    def __init__(self, folder: Path, *, database: str, broker: str, sink: Sink) -> None:
        self.sink = sink
        self.database = database
        self.books = Books(database)
        # Nobody may be missing at the end, and nobody be there whom nobody put there.
        self.people = len(self.books.read().rows)
        self.journals = folder / "var" / "journal"
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
        with redis.Redis.from_url(broker) as client:
            client.flushall()

    def close(self) -> None:
        """Kill everything at once, as when the machine goes down."""
        for program in self._programs:
            program.kill()

    def put_back(self, backup: str) -> None:
        """The operator puts a backup in the database's place. Nothing may run."""
        self.database = self.environment["DATABASE_URL"] = backup
        self.books = Books(backup)

    # Programs -------------------------------------------------------------------------
    def start_everything(self) -> None:
        """Worker and scheduler, as an operator would."""
        self.start_worker()
        self.start_scheduler()

    def start_scheduler(self) -> Program:
        """The ticks."""
        beat = ["beat", "--scheduler", "celery.beat:Scheduler"]
        return self._start("scheduler", ["celery", *CELERY, *beat])

    def start_web(self) -> None:
        """The site, which has no part in sending."""
        self._start("web", ["gunicorn", "--bind", f"127.0.0.1:{free_port()}", "config.wsgi"])

    def start_worker(self, rig: Rig | None = None) -> Program:
        """One more worker; ``worker`` is the newest."""
        program = rig.words() if rig else ["celery"]
        self.worker = self._start("worker", [*program, *CELERY, *WORKER])
        return self.worker

    def manage(self, *words: str) -> str:
        """What the operator types; returns what is answered."""
        return self.run("manage.py", *words)

    def run(self, *words: str) -> str:
        """A program to its end; raises CalledProcessError when it fails."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def ring(self, job: Job | str, *ids: int) -> None:
        """What the web or the scheduler does."""
        queue = QUEUE_OF[job] if isinstance(job, Job) else "default"
        with Celery("doorbell", broker=self._broker, set_as_current=False) as app:
            app.send_task(str(job), args=ids, queue=queue)

    def hurry(self) -> Often:
        """In the scheduler's place: every tick of sending each second instead of five or ten."""

        def tick() -> None:
            self.ring(Job.SEND_BULK)
            self.ring(SWEEP)

        return Often(tick)

    def flush(self) -> Often:
        """Empty the broker each second."""
        return Often(redis.Redis.from_url(self._broker).flushall)

    def level(self) -> tuple[int, ...]:
        """How far the machine has seen the database come; see newsletters.sending.restores."""
        return tuple(map(int, (self.journals / "level").read_text().split()[1:])) or (0, 0)

    # Waiting --------------------------------------------------------------------------
    def wait_for_mails(self, count: int) -> None:
        """Wait until the relay has taken so many more than now."""
        goal = len(self.sink.accepted()) + count
        wait_until(lambda: len(self.sink.accepted()) >= goal, seconds=60, what=f"{goal} mails")

    def wait_for_end(self, seconds: float = 60) -> Ledger:
        """Wait until no row is ready or claimed."""
        found: list[Ledger] = []

        def over() -> bool:
            found[:] = [self.books.read()]
            return found[0].is_over

        wait_until(over, seconds=seconds, what="the end of the mailing")
        return found[0]

    def recover(self) -> None:
        """The sweeper comes round: nobody holds rows any more that are not worked on."""
        self.ring(SWEEP)
        wait_until(lambda: not self.books.read().claims, seconds=30, what="the sweep")

    def _start(self, name: str, words: list[str]) -> Program:
        log = self._folder / f"{name}.log"
        program = Program(["-m", *words], environment=self.environment, log=log)
        self._programs.append(program)
        return program


def plant(url: str, folder: Path, count: int) -> None:
    """Run tests.programs.half_sent on the database ``url``."""
    subprocess.run(
        [sys.executable, "-m", "tests.programs.half_sent", str(count)],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": url,
            "HANDBILL_VAR": str(folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        check=True,
    )


def delivered(sink: Sink) -> set[str]:
    """Addresses the relay took a mail for."""
    return {address for _, address in sink.accepted()}


def twice(sink: Sink) -> dict[str, int]:
    """Addresses the relay took more than one mail for."""
    counted = Counter(address for _, address in sink.accepted())
    return {address: times for address, times in counted.items() if times > 1}


def check(arena: Arena, ledger: Ledger, *, doubts: int) -> None:
    """Nobody is lost, the ledger tells the truth, nobody is written to twice.

    A row in doubt rests ten minutes, so nobody can have got two mails yet.
    """
    taken = delivered(arena.sink)
    unsure = ledger.at(DeliveryState.UNSURE)
    accepted = ledger.at(DeliveryState.ACCEPTED)
    assert len(ledger.rows) == arena.people
    assert accepted | unsure == set(ledger.rows), "a row is neither accepted nor in doubt"
    assert accepted <= taken, "the ledger says accepted, the relay never took it"
    assert taken <= accepted | unsure
    assert len(unsure) <= doubts
    assert twice(arena.sink) == {}
