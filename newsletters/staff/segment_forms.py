"""Forms of the segment pages; the rule itself is read by segment_rows."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletters.errors import LineRefused
from newsletters.names import one_line
from newsletters.services.segments import Details


class SegmentForm(forms.Form):
    """What a segment is called."""

    name = forms.CharField(label=_("Name"), max_length=120)
    description = forms.CharField(
        label=_("What it is for"), max_length=200, required=False, help_text=_("Only staff see it.")
    )

    def clean_name(self) -> str:
        """One line."""
        return _line(self.cleaned_data["name"])

    def clean_description(self) -> str:
        """One line, or nothing."""
        return _line(self.cleaned_data["description"])

    def details(self, rule: dict[str, Any]) -> Details:
        """For the service."""
        return Details(**self.cleaned_data, rule=rule)


def _line(typed: str) -> str:
    try:
        return one_line(typed)
    except LineRefused as error:
        raise forms.ValidationError(str(error), code=error.code) from error
