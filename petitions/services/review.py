"""What staff decide about signatures. The totals follow at the next count."""

from typing import Any

from petitions.errors import MoveRefused
from petitions.models import Petition, Signature
from petitions.states import SignatureState

OUT_OF = (SignatureState.PENDING, SignatureState.COUNTED, SignatureState.IGNORED)


def take_out(*, signature: Signature) -> None:
    """PENDING, COUNTED or IGNORED becomes INVALIDATED. Raises MoveRefused from elsewhere."""
    _move(signature, {"state__in": OUT_OF}, SignatureState.INVALIDATED)


def put_back(*, signature: Signature) -> None:
    """INVALIDATED becomes COUNTED if its owner had confirmed it, else PENDING. Or MoveRefused."""
    confirmed = signature.confirmed_at is not None
    _move(
        signature,
        {"state": SignatureState.INVALIDATED, "confirmed_at__isnull": not confirmed},
        SignatureState.COUNTED if confirmed else SignatureState.PENDING,
    )


def count_after_all(*, petition: Petition) -> int:
    """Every IGNORED signature of the petition becomes COUNTED. Returns how many.

    For a vigil or a school that signed from one network. Their owners have
    confirmed them long ago and hear nothing.
    """
    ignored = Signature.objects.filter(petition=petition, state=SignatureState.IGNORED)
    return ignored.update(state=SignatureState.COUNTED, doubt="")


def _move(signature: Signature, expected: dict[str, Any], new: SignatureState) -> None:
    rows = Signature.objects.filter(pk=signature.pk, **expected)
    if rows.update(state=new) != 1:
        raise MoveRefused
