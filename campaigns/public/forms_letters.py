"""The form a supporter writes a letter with. Three buttons, one form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from campaigns.errors import LetterRefused
from campaigns.letter_text import MIDDLE_MAX, Signer, clean_middle
from campaigns.public.forms_person import PersonForm
from campaigns.selectors.actions import Draft
from campaigns.states import LetterRoute
from newsletters.errors import LineRefused
from newsletters.names import one_line, straight

TOWN_LIMIT = 120
STREET_LINES = 5


def _country_choices() -> list[tuple[str, str]]:
    return [("", str(_("— not said —"))), *((code, str(name)) for code, name in countries)]


class LetterForm(PersonForm):
    """After validation ``draft``, ``signer`` and ``address`` hold what was meant."""

    target = forms.CharField(max_length=20, widget=forms.HiddenInput)
    language = forms.CharField(max_length=12, widget=forms.HiddenInput)
    subject = forms.CharField(label=_("Subject"), max_length=150)
    middle = forms.CharField(
        label=_("Your letter"),
        max_length=MIDDLE_MAX,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Change what you like. Your own words weigh most; stay short and polite."),
    )
    town = forms.CharField(
        label=_("Your town"),
        max_length=TOWN_LIMIT,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    country = forms.ChoiceField(label=_("Your country"), choices=_country_choices, required=False)
    street = forms.CharField(
        label=_("Your postal address"),
        max_length=300,
        required=False,
        help_text=_("Only for a printed letter. It is put on the page and not kept."),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )

    # The errors are told in the order of the page.
    field_order = ("subject", "middle", "name", "town", "country", "email", "street")

    def __init__(self, *args: Any, drafts: list[Draft], route: str = "", **kwargs: Any) -> None:
        """``drafts``: what may be written; ``route``: the button that was pressed."""
        super().__init__(*args, **kwargs)
        self.route = route
        email = self.fields["email"]
        email.required = route in {"", LetterRoute.EMAIL}
        email.help_text = _(
            "Only to send from here: we ask you to confirm, and answers come to it."
        )
        self._drafts = drafts

    @property
    def draft(self) -> Draft | None:
        """The living target and language this form is about."""
        asked = (str(self.data.get("target")), str(self.data.get("language")))
        for draft in self._drafts:
            if (str(draft.target.pk), draft.language) == asked:
                return draft
        return None

    @property
    def signer(self) -> Signer:
        """Who signs, once the form is valid."""
        data = self.cleaned_data
        return Signer(name=data["name"], town=data["town"], country=data["country"])

    def clean_subject(self) -> str:
        """One line, because it becomes a header, that reads as it was written."""
        try:
            subject = straight(one_line(self.cleaned_data["subject"]))
        except LineRefused as error:
            raise forms.ValidationError(error.message) from error
        if not subject:
            raise forms.ValidationError(self.fields["subject"].error_messages["required"])
        return subject

    def clean_middle(self) -> str:
        """Long enough to be a letter, without hidden characters."""
        try:
            return clean_middle(self.cleaned_data["middle"])
        except LetterRefused as error:
            raise forms.ValidationError(error.message) from error

    def clean_town(self) -> str:
        """Empty, or a name of a place."""
        return self.clean_as_name("town", TOWN_LIMIT) if self.cleaned_data["town"] else ""

    def clean_email(self) -> str:
        """One address, needed only where we send the letter."""
        return super().clean_email() if self.route == LetterRoute.EMAIL else ""

    def clean_street(self) -> str:
        """A few lines that can be printed."""
        lines = [line.strip() for line in self.cleaned_data["street"].splitlines() if line.strip()]
        if len(lines) > STREET_LINES:
            raise forms.ValidationError(_("An address has five lines at most."))
        return "\n".join(lines)

    def clean(self) -> dict[str, Any]:
        """Somebody must be there to write to."""
        data = super().clean()
        draft = self.draft
        if draft is None:
            raise forms.ValidationError(
                _("This office can no longer be written to. Choose another one; keep your text.")
            )
        if self.route != LetterRoute.PRINT and not draft.target.email:
            raise forms.ValidationError(
                _("We know no e-mail address of this office. Print the letter and post it.")
            )
        return data

    def turn_to(self, draft: Draft) -> None:
        """Aim the form at ``draft`` when its own target is gone; what was typed stays."""
        self.data = {
            **{name: self.data.get(name, "") for name in self.fields},
            "target": str(draft.target.pk),
            "language": draft.language,
        }
