"""What every task shares."""

from collections.abc import Callable
from typing import ParamSpec

from celery import Task

from worker.celery import app

P = ParamSpec("P")


class Shell(Task):  # type: ignore[misc]  # celery ships no type of its Task
    """A task that may run twice, late or never: no retry of its own, the ticks come again."""

    max_retries = 0
    acks_late = True
    reject_on_worker_lost = True


def task(name: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Register a function as the task ``name``; who calls it by hand calls the function."""

    def register(shell: Callable[P, None]) -> Callable[P, None]:
        app.task(name=name, base=Shell)(shell)
        return shell

    return register
