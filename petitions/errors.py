"""What the petitions app refuses, as classes a view can catch."""

from django.utils.translation import gettext_lazy as _

from newsletters.errors import NewsletterError


class PetitionError(NewsletterError):
    """Something about a petition was refused; the sentence may be shown to the person."""


class MoveRefused(PetitionError):
    """A petition cannot make this move as it stands."""

    code = "move"
    message = _("The petition has changed meanwhile. Look at it again before you decide.")


class SlugTaken(PetitionError):
    """Another petition took the address a moment ago."""

    code = "slug"
    message = _("Another petition has this address; choose another one.")


class SigningOver(PetitionError):
    """Nobody can sign or confirm any more, or not yet."""

    code = "closed"
    message = _("This petition cannot be signed at the moment.")


class DetailsChanged(PetitionError):
    """The signature was filled in again after the page with the button was shown."""

    code = "changed"
    message = _(
        "The form was sent once more in the meantime. Look at what it says now, then press again."
    )


class SignatureGone(PetitionError):
    """There is no such signature: it was never confirmed and has been forgotten."""

    code = "gone"
    message = _("We no longer hold this signature.")
