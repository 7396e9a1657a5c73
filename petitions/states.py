"""The states of petitions and signatures. Pure."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PetitionState(TextChoices):
    """Where a petition stands."""

    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    VICTORY = "victory", _("Won")


PETITION_MOVES: dict[PetitionState, frozenset[PetitionState]] = {
    PetitionState.DRAFT: frozenset({PetitionState.OPEN}),
    PetitionState.OPEN: frozenset({PetitionState.CLOSED, PetitionState.VICTORY}),
    PetitionState.CLOSED: frozenset({PetitionState.OPEN, PetitionState.VICTORY}),
    PetitionState.VICTORY: frozenset(),
}


class SignatureState(TextChoices):
    """Where a signature stands. Only COUNTED ones are in the total."""

    PENDING = "pending", _("waiting for confirmation")
    COUNTED = "counted", _("counted")
    IGNORED = "ignored", _("confirmed but not counted")
    WITHDRAWN = "withdrawn", _("withdrawn by the signer")
    INVALIDATED = "invalidated", _("taken out by staff")


class Doubt(TextChoices):
    """Why a signature will not be counted when it is confirmed. The signer is never told."""

    NETWORK = "network", _("too many from one network")
    ADDRESS = "address", _("too many petitions from one address")


class Phase(TextChoices):
    """What a visitor finds: the state, sharpened by the opening and closing times."""

    DRAFT = "draft", _("Draft")
    SOON = "soon", _("Opens later")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    VICTORY = "victory", _("Won")
