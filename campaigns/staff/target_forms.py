"""The form of the targets' staff pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns.models import Target
from newsletters import addresses
from newsletters.errors import AddressError, LineRefused
from newsletters.names import one_line, straight

SALUTATION_LIMIT = 120


class TargetForm(forms.ModelForm):
    """An office, and how to address it in each language."""

    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        help_text=_("Without one, supporters can only print the letter."),
        widget=forms.EmailInput,
    )

    class Meta:
        model = Target
        fields = ("office", "name", "email", "postal_address", "fax", "country")
        widgets = {"postal_address": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """One field for the salutation in each language we know."""
        super().__init__(*args, **kwargs)
        for code, name in settings.LANGUAGES:
            self.fields[f"salutation_{code}"] = forms.CharField(
                label=_("Salutation, %(language)s") % {"language": name},
                max_length=SALUTATION_LIMIT,
                required=False,
                initial=self.instance.salutations.get(code, ""),
                widget=forms.TextInput(attrs={"lang": code}),
            )

    @property
    def salutation_fields(self) -> list[forms.BoundField]:
        """The fields of the salutations, for the template."""
        return [self[f"salutation_{code}"] for code, _name in settings.LANGUAGES]

    def clean_office(self) -> str:
        """One line: it stands in a mail."""
        try:
            office = straight(one_line(self.cleaned_data["office"]))
        except LineRefused as error:
            raise ValidationError(error.message) from error
        if not office:
            raise ValidationError(self.fields["office"].error_messages["required"])
        return office

    def clean_email(self) -> str:
        """Empty, or exactly one address in its canonical form."""
        typed: str = self.cleaned_data["email"]
        if not typed:
            return ""
        try:
            return addresses.parse(typed).canonical
        except AddressError as error:
            raise ValidationError(error.message) from error

    def clean(self) -> dict[str, Any]:
        """A letter needs a way to arrive."""
        data: dict[str, Any] = super().clean() or {}
        if "email" in data and not data["email"] and not data.get("postal_address"):
            self.add_error("email", _("Give an e-mail address or a postal address."))
        return data

    def target(self) -> Target:
        """What was written, not saved."""
        target: Target = self.save(commit=False)
        typed = {code: self.cleaned_data[f"salutation_{code}"] for code, _n in settings.LANGUAGES}
        target.salutations = {code: text for code, text in typed.items() if text}
        return target
