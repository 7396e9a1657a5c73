"""Whom the link in the mail "What we know about you" belongs to."""

import time
from dataclasses import dataclass

from newsletters import tokens
from newsletters.models import Contact

SECONDS = 24 * 3600
# A token's stamp has 32 bits.
_STAMP_DIGITS = 8


@dataclass(frozen=True)
class Asker:
    """``contact`` is None when the link is a day old, or she or her address is gone."""

    contact: Contact | None


def by_link(token: str) -> Asker | None:
    """The person behind a link that lives for a day. None: not one of ours."""
    sealed = tokens.unseal(tokens.ACCESS, token)
    if sealed is None:
        return None
    if time.time() - sealed.second > SECONDS:
        return Asker(None)
    contact = Contact.objects.filter(pk=sealed.first).first()
    # Whoever reads the mailbox she has left gets nothing.
    is_hers = contact is not None and stamp_of(contact) == sealed.stamp
    return Asker(contact if is_hers else None)


def stamp_of(contact: Contact) -> int:
    """What ties a link to the address it was mailed to."""
    return int(contact.address_key[:_STAMP_DIGITS], 16)
