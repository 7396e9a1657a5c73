"""The form of a field a campaign adds to people."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletters.models import CustomField
from newsletters.services.custom_fields import Details
from newsletters.staff.fields import LineField
from newsletters.states import FieldKind

CHOICES_LENGTH = 8000


class FieldForm(forms.Form):
    """A field as staff describe it."""

    name = LineField(
        label=_("Name"),
        max_length=76,
        error_messages={"required": _("Give the field a name, such as “Shirt size”.")},
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=FieldKind.choices,
        help_text=_("It stays as it is once somebody has a value."),
    )
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=CHOICES_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "Each on a line of its own; only for “One choice” and “Several choices”. "
            "Who has a choice that you take out keeps it."
        ),
    )
    hint = forms.CharField(
        label=_("Hint"),
        required=False,
        max_length=200,
        help_text=_("Stands under the field in every form."),
    )
    is_open = forms.BooleanField(
        label=_("People may change it themselves"),
        required=False,
        help_text=_("Shown on each person's own page, with what she has there."),
    )

    def details(self) -> Details:
        """What was filled in, for the service."""
        said = self.cleaned_data
        return Details(
            name=said["name"],
            kind=said["kind"],
            choices=tuple(said["choices"].splitlines()),
            hint=said["hint"],
            is_open=said["is_open"],
        )


def initial_of(field: CustomField) -> dict[str, object]:
    """The form as the field stands."""
    return {
        "name": field.name,
        "kind": field.kind,
        "choices": "\n".join(field.choices),
        "hint": field.hint,
        "is_open": field.is_open,
    }


class DeleteForm(forms.Form):
    """Proof that somebody read how many people lose a value."""

    number = forms.CharField(
        label=_("How many people have a value?"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("Type the number that stands above. Nothing was deleted.")},
        help_text=_("Type the number that stands above."),
    )

    def __init__(self, *args: Any, people: int, **kwargs: Any) -> None:
        """``people``: how many have a value now."""
        super().__init__(*args, **kwargs)
        self._people = people
        if not people:
            del self.fields["number"]

    def clean_number(self) -> int:
        """The number as it is now, with or without what parts its thousands."""
        typed = "".join(filter(str.isdecimal, self.cleaned_data["number"]))
        if not typed or int(typed) != self._people:
            raise forms.ValidationError(
                _("It is %(people)s now. Nothing was deleted."), params={"people": self._people}
            )
        return self._people
