"""Ten-line shells around services; found by Celery, rung by name."""

from newsletters.sending import engine, restores, sweeper
from newsletters.services import (
    bulk,
    digests,
    dkim_keys,
    doubles,
    expansion,
    exports,
    imports,
    mailings,
    proof,
    pulse,
    retention,
    scratch,
    segments,
    storms,
)
from newsletters.services.restores import calm
from newsletters.states import Lane
from worker.base import task
from worker.doorbell import Job, ring


@task("newsletters.send_now")
def send_now() -> None:
    """Send confirmations, receipts and letters that are due."""
    restores.look()
    engine.run(Lane.NOW)


@task("newsletters.send_bulk")
def send_bulk() -> None:
    """Go on with every mailing that is sending, and close those with nothing left to go."""
    restores.look()
    engine.run(Lane.BULK)
    mailings.finish_done()


@task("newsletters.sweep")
def sweep() -> None:
    """Return the rows of dead workers and send again what was in doubt."""
    restores.look()
    sweeper.sweep()
    sweeper.resend_unsure()


@task("newsletters.prune")
def prune() -> None:
    """Forget what need not be kept, and alarms about storms and restores that are over."""
    retention.prune()
    storms.calm()
    calm()


@task("newsletters.pulse")
def show_pulse() -> None:
    """A scheduler rang and a worker answered."""
    pulse.note("worker")


@task("newsletters.check_import")
def check_import(job_id: int) -> None:
    """Read every row of an upload and say what would happen."""
    imports.check(job_id=job_id)


@task("newsletters.apply_import")
def apply_import(job_id: int) -> None:
    """Write the people the dry run found."""
    imports.apply(job_id=job_id)


@task("newsletters.undo_import")
def undo_import(job_id: int) -> None:
    """Take back what an import changed."""
    imports.undo(job_id=job_id)


@task("newsletters.resume_imports")
def resume_imports() -> None:
    """Go on with imports that stand still."""
    imports.resume()


@task("newsletters.run_bulk")
def run_bulk(change_id: int) -> None:
    """Change many people."""
    bulk.run(change_id=change_id)


@task("newsletters.undo_bulk")
def undo_bulk(change_id: int) -> None:
    """Take back what a bulk change did."""
    bulk.undo(change_id=change_id)


@task("newsletters.run_export")
def run_export(export_id: int) -> None:
    """Write people into a table."""
    exports.run(export_id=export_id)


@task("newsletters.resume_work")
def resume_work() -> None:
    """Go on with bulk changes and exports that stand still, and clear up after the dead."""
    bulk.resume()
    exports.resume()
    scratch.sweep()


@task("newsletters.count_segments")
def count_segments() -> None:
    """Count the segments whose number is missing or old."""
    segments.count_due()


@task("newsletters.find_doubles")
def find_doubles() -> None:
    """Once a day: look at everybody for rows that may be one person."""
    doubles.look()


@task("newsletters.start_due")
def start_due() -> None:
    """Start mailings whose hour has come, go on with half-made lists, and close what is done."""
    restores.look()
    mailings.start_due()
    for mailing_id in expansion.unfinished():
        ring(Job.EXPAND_MAILING, mailing_id)
    mailings.settle_cancelled()
    mailings.finish_done()


@task("newsletters.expand_mailing")
def expand_mailing(mailing_id: int) -> None:
    """Give everybody in the audience a row."""
    restores.look()
    expansion.expand(mailing_id=mailing_id)


@task("newsletters.prove")
def prove() -> None:
    """Once a day: prove that the rows of every mailing add up."""
    if pulse.is_due("newsletters.prove", pulse.DAY):
        proof.prove()


@task("newsletters.verify_dkim")
def verify_dkim() -> None:
    """Once a day: look up whether what we sign with is still published."""
    if pulse.is_due("newsletters.verify_dkim", pulse.DAY):
        dkim_keys.verify_all()


@task("newsletters.issue_digests")
def issue_digests() -> None:
    """Make the issue of every digest whose hour has come."""
    restores.look()
    digests.issue_due()
