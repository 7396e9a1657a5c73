"""What rang: the doorbell's messages, read back from Celery's transport."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from worker.celery import QUEUES, app


@dataclass(frozen=True)
class Ring:
    """One message as a worker would get it."""

    job: str
    ids: tuple[int, ...]
    queue: str


@dataclass
class Rings:
    """Stands where the workers stand: reads the queues and, when asked, does the jobs."""

    seen: list[Ring] = field(default_factory=list)

    def collect(self) -> list[Ring]:
        """Everything rung since the last time, after letting the test's transaction "commit"."""
        _run_on_commit()
        new = [ring for queue in QUEUES for ring in read_queue(queue)]
        self.seen += new
        return new

    def forget(self) -> None:
        """Empty the queues, whoever filled them."""
        for queue in QUEUES:
            read_queue(queue)

    def answer(self) -> list[Ring]:
        """Do every rung job through its registered task until no bell rings; returns what rang."""
        done: list[Ring] = []
        while new := self.collect():
            for ring in new:
                app.tasks[ring.job](*ring.ids)
            done += new
        return done


def _run_on_commit() -> None:
    # A test inside a transaction never commits, so Django keeps the callbacks; this is
    # what its own captureOnCommitCallbacks(execute=True) does with them.
    while connection.run_on_commit:
        pending = connection.run_on_commit.pop(0)
        pending[1]()


def read_queue(name: str) -> list[Ring]:
    """Take every message that is waiting in the queue ``name``."""
    found = []
    with app.connection_for_read() as broker, broker.channel() as channel:
        queue = app.amqp.queues[name](channel)
        queue.declare()
        while (message := queue.get(no_ack=True)) is not None:
            args: list[Any] = message.payload[0]
            found.append(Ring(message.headers["task"], tuple(args), name))
    return found
