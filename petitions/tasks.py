"""Ten-line shells around services; found by Celery, rung by name."""

from newsletters.services import pulse
from petitions.services import counting, petitions
from worker.base import Shell
from worker.celery import app


@app.task(name="petitions.count", base=Shell)
def count() -> None:
    """Tick: count what was confirmed or withdrawn since the last time."""
    counting.count()


@app.task(name="petitions.close_due", base=Shell)
def close_due() -> None:
    """Tick: close petitions whose time is over."""
    petitions.close_due()


@app.task(name="petitions.repair", base=Shell)
def repair() -> None:
    """Tick: once a day the totals against the rows."""
    if pulse.is_due("petitions.repair", pulse.DAY):
        counting.repair()
