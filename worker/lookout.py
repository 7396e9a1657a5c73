"""A worker that hears no ring for half a minute looks for itself: sending needs no broker.

Ticks and rings come through the broker. While it is away, or the scheduler is,
each worker runs the ticks of its queues, and what they ring, in a thread a queue.
"""

import threading
import time
from typing import Any

from celery.signals import celeryd_after_setup, task_prerun, worker_shutdown
from django.db import connections

from worker import doorbell
from worker.celery import app
from worker.schedule import TICKS
from worker.stopping import stopping

SILENCE = 30.0
LOOK_SECONDS = 5.0
# What may wait for minutes anyway can wait for the broker.
URGENT_SECONDS = 10.0


class Lookout(threading.Thread):
    """Runs the urgent ticks of one queue for as long as nobody rings."""

    heard_at = time.monotonic()

    def __init__(self, queue: str) -> None:
        super().__init__(name=f"lookout-{queue}", daemon=True)
        self._tasks = [
            tick.task for tick in TICKS if tick.queue == queue and tick.seconds <= URGENT_SECONDS
        ]

    def run(self) -> None:
        """Look until this process is asked to stop."""
        doorbell.answered_here.set(True)
        while not stopping.wait(min(LOOK_SECONDS, SILENCE)):
            if time.monotonic() - Lookout.heard_at > SILENCE:
                self._look()

    def _look(self) -> None:
        for name in self._tasks:
            if not stopping.is_set():
                # As the worker would: what it raises is logged and ends this task alone.
                app.tasks[name].apply(throw=False)
        connections.close_all()


_lookouts: list[Lookout] = []


def post(instance: Any, **_said: Any) -> None:
    """Post one for each queue this worker serves."""
    Lookout.heard_at = time.monotonic()
    _lookouts.extend(Lookout(queue) for queue in instance.app.amqp.queues.consume_from)
    for lookout in _lookouts:
        lookout.start()


def note_ring(task: Any, **_said: Any) -> None:
    """A ring was heard, if it came from outside."""
    if not task.request.is_eager:
        Lookout.heard_at = time.monotonic()


def relieve(**_said: Any) -> None:
    """The worker ends: a look that has begun is finished first, like a task."""
    stopping.set()
    for lookout in _lookouts:
        lookout.join()


celeryd_after_setup.connect(post)
task_prerun.connect(note_ring)
worker_shutdown.connect(relieve)
