"""The one door to enqueue: a ring says "look now"; the rows say what there is to do."""

from contextvars import ContextVar
from enum import StrEnum
from json import JSONDecodeError
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from worker.celery import app, forget_broken_tables

log = structlog.get_logger("worker.doorbell")


class Job(StrEnum):
    """Every job that can be rung, by the name its task is registered under."""

    SEND_NOW = "newsletters.send_now"
    SEND_BULK = "newsletters.send_bulk"
    EXPAND_MAILING = "newsletters.expand_mailing"
    CHECK_IMPORT = "newsletters.check_import"
    APPLY_IMPORT = "newsletters.apply_import"
    UNDO_IMPORT = "newsletters.undo_import"
    COUNT_SEGMENTS = "newsletters.count_segments"
    FIND_DOUBLES = "newsletters.find_doubles"
    RUN_BULK = "newsletters.run_bulk"
    UNDO_BULK = "newsletters.undo_bulk"
    RUN_EXPORT = "newsletters.run_export"
    TELL_EVENTS = "campaigns.tell_events"


QUEUE_OF = {
    Job.SEND_NOW: "now",
    Job.SEND_BULK: "bulk",
    Job.EXPAND_MAILING: "default",
    Job.CHECK_IMPORT: "imports",
    Job.APPLY_IMPORT: "imports",
    Job.UNDO_IMPORT: "imports",
    Job.COUNT_SEGMENTS: "default",
    Job.FIND_DOUBLES: "imports",
    Job.RUN_BULK: "imports",
    Job.UNDO_BULK: "imports",
    Job.RUN_EXPORT: "imports",
    Job.TELL_EVENTS: "default",
}


# Set in a thread that works without the broker: what it rings is answered in it, at once.
answered_here: ContextVar[bool] = ContextVar("answered_here", default=False)


def ring(job: Job, *ids: int) -> None:
    """Ring ``job`` with row ids once the current transaction has committed.

    A ring may be lost (no broker, flushed Redis): the ticks of
    ``worker.schedule`` find the work in the rows. So a broker that is away is
    logged and never an error of the person who pressed the button.
    """
    transaction.on_commit(lambda: _send(job, ids))


def _send(job: Job, ids: tuple[int, ...]) -> None:
    if answered_here.get():
        app.tasks[job.value].apply(args=ids, throw=False)
        return
    try:
        app.tasks[job.value].apply_async(args=ids, queue=QUEUE_OF[job], retry=False)
    except (OperationalError, OSError, JSONDecodeError) as error:
        log.warning("ring_lost", job=job.value, reason=type(error).__name__)
        forget_broken_tables(Path(settings.CELERY_BROKER_ROOT))
