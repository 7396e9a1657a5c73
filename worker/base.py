"""What every task shares."""

from celery import Task


class Shell(Task):  # type: ignore[misc]  # celery ships no type of its Task
    """A task that may run twice, late or never: no retry of its own, the ticks come again."""

    max_retries = 0
    acks_late = True
    reject_on_worker_lost = True
