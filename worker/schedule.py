"""Every periodic job in one table, with its reason. Due times live in rows; these only look."""

from dataclasses import dataclass

from worker.celery import app


@dataclass(frozen=True)
class Tick:
    """Run ``task`` every ``seconds`` on ``queue``."""

    task: str
    seconds: float
    queue: str
    reason: str


TICKS = (
    Tick("newsletters.send_now", 5, "now", "finds confirmations whose ring was lost"),
    Tick(
        "newsletters.send_bulk",
        5,
        "bulk",
        "goes on with mailings after a lost ring or a dead worker",
    ),
    Tick("newsletters.start_due", 10, "default", "starts scheduled mailings; the row decides"),
    Tick("newsletters.sweep", 10, "default", "returns the rows of dead workers"),
    Tick("newsletters.resume_imports", 10, "imports", "goes on with imports after a kill"),
    Tick("newsletters.resume_work", 10, "imports", "goes on with changes and exports, clears up"),
    Tick("newsletters.issue_digests", 60, "default", "assembles digests whose hour has come"),
    Tick("newsletters.count_segments", 300, "default", "counts segments whose number is missing"),
    Tick("newsletters.find_doubles", 300, "imports", "looks daily for rows that are one person"),
    Tick("newsletters.prune", 3600, "default", "forgets what need not be kept"),
    Tick("newsletters.prove", 1800, "default", "proves total = sum of states for every mailing"),
    Tick(
        "newsletters.verify_dkim", 1800, "default", "proves daily that signing keys are published"
    ),
    Tick("petitions.count", 10, "default", "counts signatures confirmed since the last count"),
    Tick("petitions.close_due", 60, "default", "closes petitions whose time is over"),
    Tick("petitions.repair", 1800, "default", "compares the totals with the rows"),
    Tick("campaigns.close_actions", 60, "default", "closes urgent actions past their date"),
    Tick("campaigns.tell_events", 60, "default", "tells of changed events whose ring was lost"),
    Tick("newsletters.pulse", 15, "default", "shows that a scheduler and a worker live"),
)


def install() -> None:
    """Hand the table to Celery's plain beat."""
    app.conf.beat_schedule = {
        tick.task: {
            "task": tick.task,
            "schedule": tick.seconds,
            # A tick that waited longer than its interval is superseded by the next one.
            "options": {"queue": tick.queue, "expires": max(tick.seconds, 5)},
        }
        for tick in TICKS
    }


install()
