"""Fields that several forms of staff pages have."""

from typing import Any

from django import forms

from newsletters import addresses
from newsletters.errors import AddressError, LineRefused
from newsletters.names import name_line


class LineField(forms.CharField):
    """A name that may stand in the head of a mail: one line, without hidden characters."""

    def to_python(self, value: Any) -> str:
        """What can be seen of it; where that is nothing, nothing was typed."""
        try:
            return name_line(super().to_python(value) or "")
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
