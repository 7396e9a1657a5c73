"""Fields that several forms of staff pages have."""

from typing import Any

from django import forms

from newsletters import addresses
from newsletters.errors import AddressError, LineRefused
from newsletters.names import one_line


class LineField(forms.CharField):
    """A text that may stand in the head of a mail: one line, without hidden characters."""

    def clean(self, value: Any) -> str:
        """The text as it was typed, without the spaces around it."""
        try:
            return one_line(super().clean(value))
        except LineRefused as error:
            raise forms.ValidationError(error.message, code=error.code) from None


class AddressField(forms.CharField):
    """Exactly one e-mail address, or nothing where nothing is required."""

    def clean(self, value: Any) -> str:
        """In canonical form."""
        typed = super().clean(value)
        try:
            return addresses.parse(typed).canonical if typed else ""
        except AddressError as error:
            raise forms.ValidationError(error.message, code=error.code) from None
