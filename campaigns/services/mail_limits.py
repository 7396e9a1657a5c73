"""How many mails somebody may get because an address was typed into our forms."""

from newsletters.addresses import Address, person_key
from newsletters.services import limits

AN_HOUR = 6
A_DAY = 20
DAY = 24 * 3600


def allow(address: Address) -> bool:
    """Count one mail to this mailbox; False after six in an hour or twenty in a day.

    Whoever asks and for whatever: spellings of one mailbox, letters and events count together.
    """
    key = person_key(address)
    return limits.allow("asked mail, hour", key, limit=AN_HOUR, seconds=3600) and limits.allow(
        "asked mail, day", key, limit=A_DAY, seconds=DAY
    )
