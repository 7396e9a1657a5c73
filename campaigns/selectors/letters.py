"""Supporters' letters, found by their secret link."""

from collections.abc import Sequence

from django.db.models import QuerySet

from campaigns.models import Letter
from campaigns.states import LetterState
from campaigns.tokens import CONFIRM_LETTER, CONFIRM_LETTER_HOURS
from newsletters import tokens


def by_token(token: str) -> Letter | None:
    """The letter behind a confirmation link; None when it is not ours or older than 14 days."""
    sealed = tokens.unseal(CONFIRM_LETTER, token)
    if sealed is None or sealed.is_older_than(CONFIRM_LETTER_HOURS):
        return None
    return Letter.objects.select_related("action__case", "target").filter(pk=sealed.first).first()


def was_sent(letter: Letter) -> bool:
    """Whether a letter of this person to this target is on its way: this one or another."""
    return Letter.objects.filter(
        action=letter.action_id,
        target=letter.target_id,
        person_key=letter.person_key,
        state=LetterState.CONFIRMED,
    ).exists()


def written_by(keys: Sequence[str]) -> QuerySet[Letter]:
    """Letters from any of these addresses, the newest first."""
    rows = Letter.objects.filter(address_key__in=keys).exclude(address_key="")
    return rows.select_related("action__case", "target").order_by("-pk")
