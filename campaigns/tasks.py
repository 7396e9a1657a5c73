"""Ten-line shells around services; found by Celery, rung by name."""

from campaigns.services import actions, rsvps
from worker.base import task


@task("campaigns.close_actions")
def close_actions() -> None:
    """Every minute: close what is past its date, and count the letters of what is open."""
    actions.close_due()
    actions.recount_open()


@task("campaigns.tell_events")
def tell_events() -> None:
    """Rung by a change, and every minute: write to who has not heard of it, fill free places."""
    rsvps.tell_all()
