"""Ten-line shells around services; found by Celery, rung by name."""

from celery import shared_task

from newsletters.sending import engine, sweeper
from newsletters.services import pulse, retention
from newsletters.states import Lane


@shared_task(name="newsletters.send_now")
def send_now() -> None:
    """Send confirmations, receipts and letters that are due."""
    engine.run(Lane.NOW)


@shared_task(name="newsletters.send_bulk")
def send_bulk() -> None:
    """Go on with every mailing that is sending."""
    engine.run(Lane.BULK)


@shared_task(name="newsletters.sweep")
def sweep() -> None:
    """Return the rows of dead workers and send again what was in doubt."""
    sweeper.sweep()
    sweeper.resend_unsure()


@shared_task(name="newsletters.prune")
def prune() -> None:
    """Forget what need not be kept."""
    retention.prune()


@shared_task(name="newsletters.pulse")
def show_pulse() -> None:
    """A scheduler rang and a worker answered."""
    pulse.note("worker")
