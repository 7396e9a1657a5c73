"""The forms of the cases' staff pages."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.errors import PictureRefused
from campaigns.models import Case, CaseEntry
from campaigns.services.pictures import re_encode

MOST_ENTRIES = 200
EARLIEST = date(1900, 1, 1)


def _not_to_come(day: date | None) -> date | None:
    if day and not EARLIEST <= day <= timezone.now().date():
        raise ValidationError(_("Write a day that has been, and after 1900."))
    return day


def _day(**options: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, **options)


class CaseForm(forms.ModelForm):
    """One person."""

    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        help_text=_("JPEG, PNG or WebP, up to 10 MB. Where and when it was taken is removed."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    remove_photo = forms.BooleanField(label=_("Take the photo away"), required=False)
    detained_on = _day(label=_("Held since"), required=False)
    ended_on = _day(
        label=_("Until"),
        required=False,
        help_text=_("Only when it is over: the day of the release, or of the death."),
    )

    class Meta:
        model = Case
        fields = (
            "name",
            "other_names",
            "pronouns",
            "role",
            "status",
            "ended_on",
            "detained_on",
            "place",
            "country",
            "charge",
            "sentence",
            "is_sensitive",
            "photo",
            "remove_photo",
            "photo_alt",
            "campaign",
        )

    def clean_detained_on(self) -> date | None:
        """A day that has been."""
        return _not_to_come(self.cleaned_data["detained_on"])

    def clean_ended_on(self) -> date | None:
        """A day that has been."""
        return _not_to_come(self.cleaned_data["ended_on"])

    def clean_photo(self) -> Any:
        """The pixels written anew, without anything else the file held."""
        given = self.cleaned_data["photo"]
        if not isinstance(given, UploadedFile):
            return given
        try:
            return re_encode(given)
        except PictureRefused as error:
            raise ValidationError(error.message) from error

    def clean(self) -> dict[str, Any]:
        """Nobody is freed before being taken, and a photo says what it shows."""
        data: dict[str, Any] = super().clean() or {}
        start, end = data.get("detained_on"), data.get("ended_on")
        if start and end and end < start:
            self.add_error("ended_on", _("This day is before the arrest."))
        if data.get("remove_photo") and not isinstance(data.get("photo"), ContentFile):
            data["photo"] = False
        elif data.get("photo") and not data.get("photo_alt"):
            self.add_error("photo_alt", _("Say what it shows, for people who cannot see it."))
        return data


class EntryForm(forms.Form):
    """One line of the timeline."""

    happened_on = _day(label=_("Day"))
    text = forms.CharField(label=_("What happened"), max_length=300)

    def clean_happened_on(self) -> date | None:
        """A day that has been."""
        return _not_to_come(self.cleaned_data["happened_on"])


EntryFormSet = forms.formset_factory(
    EntryForm, extra=2, can_delete=True, max_num=MOST_ENTRIES, validate_max=True
)


def entry_initial(case: Case | None) -> list[dict[str, Any]]:
    """What the timeline's forms show of a case."""
    rows = case.entries.all() if case else ()
    return [{"happened_on": row.happened_on, "text": row.text} for row in rows]


def entries(forms_of: "forms.BaseFormSet[EntryForm]") -> list[CaseEntry]:
    """The lines that are kept, not saved."""
    return [
        CaseEntry(happened_on=form.cleaned_data["happened_on"], text=form.cleaned_data["text"])
        for form in forms_of
        if form.cleaned_data.get("text") and not form.cleaned_data.get("DELETE")
    ]
