"""Tells long jobs of this process that it was asked to stop (SIGTERM)."""

import threading
from typing import Any

from celery.signals import worker_shutting_down

stopping = threading.Event()


@worker_shutting_down.connect
def note_shutdown(**kwargs: Any) -> None:
    """Celery waits for running tasks; they look at ``stopping`` between two steps."""
    stopping.set()
