"""The form by which somebody says that she comes."""

from django.utils.translation import gettext_lazy as _

from campaigns.public.forms_person import PersonForm

WHY_A_NAME = _("So that those at the door know whom to expect. Nobody else sees it.")
WHY_AN_ADDRESS = _("We write to confirm, and once more if place or time change.")


class RsvpForm(PersonForm):
    """Name and address; after validation ``address`` holds what was meant."""

    field_order = ("name", "email")

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Each field says what it is for."""
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = WHY_A_NAME
        self.fields["email"].help_text = WHY_AN_ADDRESS
