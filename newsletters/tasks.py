"""Ten-line shells around services; found by Celery, rung by name."""

from newsletters.sending import engine, sweeper
from newsletters.services import digests, expansion, imports, mailings, proof, pulse, retention
from newsletters.states import Lane
from worker.base import Shell
from worker.celery import app
from worker.doorbell import Job, ring


@app.task(name="newsletters.send_now", base=Shell)
def send_now() -> None:
    """Send confirmations, receipts and letters that are due."""
    engine.run(Lane.NOW)


@app.task(name="newsletters.send_bulk", base=Shell)
def send_bulk() -> None:
    """Go on with every mailing that is sending, and close those with nothing left to go."""
    engine.run(Lane.BULK)
    mailings.finish_done()


@app.task(name="newsletters.sweep", base=Shell)
def sweep() -> None:
    """Return the rows of dead workers and send again what was in doubt."""
    sweeper.sweep()
    sweeper.resend_unsure()


@app.task(name="newsletters.prune", base=Shell)
def prune() -> None:
    """Forget what need not be kept."""
    retention.prune()


@app.task(name="newsletters.pulse", base=Shell)
def show_pulse() -> None:
    """A scheduler rang and a worker answered."""
    pulse.note("worker")


@app.task(name="newsletters.check_import", base=Shell)
def check_import(job_id: int) -> None:
    """Read every row of an upload and say what would happen."""
    imports.check(job_id=job_id)


@app.task(name="newsletters.apply_import", base=Shell)
def apply_import(job_id: int) -> None:
    """Write the people the dry run found."""
    imports.apply(job_id=job_id)


@app.task(name="newsletters.undo_import", base=Shell)
def undo_import(job_id: int) -> None:
    """Take back what an import changed."""
    imports.undo(job_id=job_id)


@app.task(name="newsletters.resume_imports", base=Shell)
def resume_imports() -> None:
    """Go on with imports that stand still, and forget the old ones."""
    imports.resume()
    imports.forget()


@app.task(name="newsletters.start_due", base=Shell)
def start_due() -> None:
    """Start mailings whose hour has come, go on with half-made lists, and close what is done."""
    mailings.start_due()
    for mailing_id in expansion.unfinished():
        ring(Job.EXPAND_MAILING, mailing_id)
    mailings.settle_cancelled()
    mailings.finish_done()


@app.task(name="newsletters.expand_mailing", base=Shell)
def expand_mailing(mailing_id: int) -> None:
    """Give everybody in the audience a row."""
    expansion.expand(mailing_id=mailing_id)


@app.task(name="newsletters.prove", base=Shell)
def prove() -> None:
    """Once a day: prove that the rows of every mailing add up."""
    if pulse.is_due("newsletters.prove", pulse.DAY):
        proof.prove()


@app.task(name="newsletters.issue_digests", base=Shell)
def issue_digests() -> None:
    """Make the issue of every digest whose hour has come."""
    digests.issue_due()
