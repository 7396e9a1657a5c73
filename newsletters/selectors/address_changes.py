"""The change of address behind the link in a mail to a new address."""

from dataclasses import dataclass

from newsletters import tokens
from newsletters.models import AddressChange


@dataclass(frozen=True)
class Asked:
    """``change`` is None when it was done, given up or forgotten, or its link has run out."""

    change: AddressChange | None


def by_link(token: str, *, hours: int) -> Asked | None:
    """What the link asks for; it works for ``hours``. None: not one of ours."""
    sealed = tokens.unseal(tokens.CHANGE_ADDRESS, token)
    if sealed is None:
        return None
    if sealed.is_older_than(hours):
        return Asked(None)
    return Asked(AddressChange.objects.filter(pk=sealed.first, contact=sealed.second).first())
