"""Form fields that refuse with the sentence of the parser behind them, and keep what was typed."""

from typing import Any

from django import forms

from newsletters.addresses import Address
from newsletters.addresses.receiving import parse_reachable
from newsletters.errors import AddressError, NameRefused
from newsletters.names import clean_name


class AddressField(forms.Field):
    """One e-mail address; cleaned to an Address."""

    widget = forms.TextInput(
        # type="email" lets browsers refuse addresses in other scripts.
        attrs={"inputmode": "email", "autocomplete": "email", "autocapitalize": "none"}
    )

    def clean(self, value: Any) -> Address:
        """The Address, or the sentence that says what is wrong with it."""
        try:
            return parse_reachable(str(value or "").strip())
        except AddressError as error:
            raise forms.ValidationError(str(error), code=error.code) from error


class NameField(forms.Field):
    """A person's name in any script."""

    widget = forms.TextInput(attrs={"autocomplete": "name"})

    def __init__(self, *, limit: int, **kwargs: Any) -> None:
        """``limit``: the most characters."""
        super().__init__(**kwargs)
        self.limit = limit

    def clean(self, value: Any) -> str:
        """The name on one line, or the sentence that says what is wrong with it."""
        try:
            return clean_name(str(value or ""), limit=self.limit)
        except NameRefused as error:
            raise forms.ValidationError(str(error), code=error.code) from error
