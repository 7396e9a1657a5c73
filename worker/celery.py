"""The Celery app. Celery spreads the work and rings the bell; it never holds the truth."""

import json
import os
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

QUEUES = ("now", "bulk", "imports", "default")

app = Celery("handbill")


def broker_options(url: str, root: Path) -> dict[str, Any]:
    """Transport options for ``url``.

    Redis: kombu's defaults leave the tasks of a dead worker stranded for 100 s
    on top of the visibility timeout; throttle 1 brings them back in seconds.
    Embedded: a directory is enough, because a lost ring is found by the tick.
    """
    if url.startswith("filesystem"):
        folders = {"in": root / "queue", "done": root / "done", "control": root / "control"}
        for folder in folders.values():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        forget_broken_tables(root)
        return {
            "data_folder_in": str(folders["in"]),
            "data_folder_out": str(folders["in"]),
            "control_folder": str(folders["control"]),
            "store_processed": False,
        }
    return {
        "visibility_timeout": 3600,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }


def forget_broken_tables(root: Path) -> None:
    """Delete the tables of queues that cannot be read; whoever rings next makes them anew.

    kombu opens such a table and then fills it. Killed between the two, a process would
    leave one that keeps every ring from being heard and every worker from starting.
    """
    for table in (root / "control").glob("*.exchange"):
        try:
            json.loads(table.read_bytes())
        except FileNotFoundError:
            continue
        except ValueError:
            table.unlink(missing_ok=True)


def configure(*_args: Any, **_kwargs: Any) -> None:
    """Read Django's settings once the app is first used."""
    app.conf.update(
        broker_url=settings.CELERY_BROKER_URL,
        broker_transport_options=broker_options(
            settings.CELERY_BROKER_URL, Path(settings.CELERY_BROKER_ROOT)
        ),
        broker_connection_retry_on_startup=True,
        # For ever: the worker goes on without the broker (worker.lookout) and finds it again.
        broker_connection_max_retries=None,
        task_serializer="json",
        accept_content=["json"],
        imports=("worker.schedule", "worker.stopping", "worker.lookout"),
        task_ignore_result=True,
        task_default_queue="default",
        task_create_missing_queues=True,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_prefetch_multiplier=1,
        task_acks_late=True,
        worker_hijack_root_logger=False,
        timezone="UTC",
    )


app.on_configure.connect(configure, weak=False)
app.autodiscover_tasks()
