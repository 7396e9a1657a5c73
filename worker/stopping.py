"""Tells long jobs of this process that it was asked to stop (SIGTERM)."""

import threading
from typing import Any

from celery.signals import worker_shutting_down

stopping = threading.Event()


def note_shutdown(**_said: Any) -> None:
    """Celery waits for running tasks; they look at ``stopping`` between two steps."""
    stopping.set()


worker_shutting_down.connect(note_shutdown)
