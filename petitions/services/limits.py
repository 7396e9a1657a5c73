"""How many signatures may come from one place in a while.

Beyond the limits nothing changes for whoever sits at the form: an error would
teach a script what to avoid. The signature is kept, confirmed, thanked for,
and ends IGNORED; staff see how many and can count them after all.
"""

from newsletters.services import limits
from petitions.models import Petition
from petitions.states import Doubt

# A /24 of a mobile operator may be a whole town, so these are above what one
# household or one vigil with a shared telephone sends.
BURST = 10
BURST_SECONDS = 60
SUSTAINED = 60
SUSTAINED_SECONDS = 3600
# One person does not sign more petitions in an hour than this; a list of victims does.
ADDRESS = 10
ADDRESS_SECONDS = 3600
NO_NETWORK = "unknown"


def doubt(*, petition: Petition, network: str) -> str:
    """Count one more form from ``network``; the Doubt when there were too many, else "".

    An unreadable network is not limited: it says that the server in front is set
    up wrongly, and then everybody would share one limit.
    """
    if network == NO_NETWORK:
        return ""
    key = f"{petition.pk} {network}"
    burst = limits.allow("petition, minute", key, limit=BURST, seconds=BURST_SECONDS)
    sustained = limits.allow("petition, hour", key, limit=SUSTAINED, seconds=SUSTAINED_SECONDS)
    return "" if burst and sustained else Doubt.NETWORK


def address_doubt(*, address_key: str) -> str:
    """Count one more new signature of this address; the Doubt when there were too many, else ""."""
    fine = limits.allow("petition, address", address_key, limit=ADDRESS, seconds=ADDRESS_SECONDS)
    return "" if fine else Doubt.ADDRESS
