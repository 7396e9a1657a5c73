"""Ten-line shells around services; found by Celery, rung by name."""

from newsletters.services import pulse
from petitions.services import counting, petitions
from worker.base import task


@task("petitions.count")
def count() -> None:
    """Tick: count what was confirmed or withdrawn since the last time."""
    counting.count()


@task("petitions.close_due")
def close_due() -> None:
    """Tick: close petitions whose time is over."""
    petitions.close_due()


@task("petitions.repair")
def repair() -> None:
    """Tick: once a day the totals against the rows."""
    if pulse.is_due("petitions.repair", pulse.DAY):
        counting.repair()
