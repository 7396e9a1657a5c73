"""What every form of this app asks of a visitor who acts: her name and her address."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from newsletters import addresses
from newsletters.addresses import Address
from newsletters.addresses.receiving import parse_reachable
from newsletters.errors import AddressError, NameRefused
from newsletters.names import clean_name
from newsletters.public.asking import AskingForm
from newsletters.public.trap import TrapForm

NAME_LIMIT = 200


class PersonForm(TrapForm, AskingForm):
    """After validation ``address`` holds the address that was meant, if one was asked for."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=NAME_LIMIT,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.CharField(
        label=_("Your e-mail"),
        # Longer than any address, so that the sentence of the parser is read, not ours.
        max_length=1000,
        error_messages=addresses.OF_A_FIELD,
        # type="email" lets browsers refuse addresses in other scripts.
        widget=forms.TextInput(
            attrs={"inputmode": "email", "autocomplete": "email", "autocapitalize": "none"}
        ),
    )

    address: Address | None = None

    def clean_name(self) -> str:
        """A name as people write it."""
        return self.clean_as_name("name", NAME_LIMIT)

    def clean_email(self) -> str:
        """One address that somebody reads; a likely slip is asked about once."""
        try:
            self.address = parse_reachable(self.cleaned_data["email"])
        except AddressError as error:
            raise forms.ValidationError(error.message) from error
        if addresses.is_role(self.address):
            raise forms.ValidationError(
                _("Nobody reads mail at this address. Give one of your own.")
            )
        self.ask_about(self.address)
        return self.address.canonical

    def clean(self) -> dict[str, Any]:
        """Every field came once: of two values nobody could say which was meant."""
        data: dict[str, Any] = super().clean() or {}
        if self._is_repeated():
            raise forms.ValidationError(
                _("A field was sent twice. Look at what you wrote and press the button once more.")
            )
        return data

    def clean_as_name(self, field: str, limit: int) -> str:
        """What stands in ``field`` as the name of a person or place."""
        try:
            return clean_name(self.cleaned_data[field], limit=limit)
        except NameRefused as error:
            raise forms.ValidationError(error.message) from error

    def _is_repeated(self) -> bool:
        return isinstance(self.data, QueryDict) and any(
            len(self.data.getlist(name)) > 1 for name in self.fields
        )
