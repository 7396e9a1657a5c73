"""Forms of the segment pages; the rule itself is read by segment_rows."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletters.services.segments import Details
from newsletters.staff.fields import LineField


class SegmentForm(forms.Form):
    """What a segment is called."""

    name = LineField(
        label=_("Name"),
        max_length=120,
        error_messages={"required": _("Give the segment a name, so that you find it again.")},
    )
    description = LineField(
        label=_("What it is for"), max_length=200, required=False, help_text=_("Only staff see it.")
    )

    def details(self, rule: dict[str, Any]) -> Details:
        """For the service."""
        return Details(**self.cleaned_data, rule=rule)
