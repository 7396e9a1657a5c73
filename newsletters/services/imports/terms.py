"""What staff chose for the whole import, as the rules want it."""

from newsletters.imports.deciding import Terms
from newsletters.models import ImportJob


def terms_of(job: ImportJob) -> Terms:
    """The policy, and whether people join a list."""
    return Terms(policy=job.policy, joins_list=job.mailing_list_id is not None)
