"""The form of the events' staff page."""

from dataclasses import fields
from datetime import datetime
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Event
from campaigns.services.events import LARGEST, Details
from campaigns.staff.article_forms import languages
from newsletters import local_times


class LocalTimeField(forms.CharField):
    """Day and time as the clocks of a place show them; cleaned to "2027-05-31T09:00".

    Not a DateTimeField: that would read it by the clocks of this installation,
    and refuse a time which they skip.
    """

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
    default_error_messages = {"invalid": _("Write day and time like 2027-05-31 09:00.")}

    def to_python(self, value: Any) -> str:
        """The time on one line, or nothing."""
        text = super().to_python(value) or ""
        if not text:
            return ""
        try:
            typed = datetime.fromisoformat(text)
        except ValueError:
            typed = None
        # A day alone would be read as midnight, and the zone is a field of its own.
        if typed is None or typed.tzinfo or ":" not in text:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return typed.isoformat(timespec="minutes")


class EventForm(forms.Form):
    """Everything staff say about an event."""

    title = forms.CharField(label=_("What it is"), max_length=160)
    summary = forms.CharField(
        label=_("What happens there"),
        help_text=_("What to bring, who speaks, how one gets there. Empty lines make paragraphs."),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=languages)
    town = forms.CharField(label=_("Town"), max_length=120)
    place = forms.CharField(
        label=_("Place"), help_text=_("Where people find each other."), max_length=250
    )
    place_by_mail = forms.BooleanField(
        label=_("Tell the place only to those who come"),
        help_text=_("The page then names the town alone; the place stands in the mail."),
        required=False,
    )
    starts_local = LocalTimeField(label=_("Begins"))
    ends_local = LocalTimeField(label=_("Ends"), required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Whose clocks are meant: those of the place."),
        choices=local_times.offered,
        initial=lambda: settings.TIME_ZONE,
    )
    capacity = forms.IntegerField(
        label=_("Room for"),
        help_text=_("Empty: for everybody. When it is full the next ones wait, and move up."),
        min_value=1,
        max_value=LARGEST,
        required=False,
    )
    campaign = forms.ModelChoiceField(
        label=_("Campaign"), queryset=Campaign.objects.all(), required=False
    )

    # What was saved last when the page was opened: nobody overwrites somebody else unseen.
    seen = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def clean_seen(self) -> datetime | None:
        """The moment, or None for what is no moment."""
        try:
            return parse_datetime(self.cleaned_data["seen"])
        except ValueError:
            return None

    def details(self) -> Details:
        """What was typed, for the service."""
        return Details(**{name: self.cleaned_data[name] for name in _SHOWN})

    def go_on_from(self, event: Event) -> None:
        """Show what was typed again, as an edit of what is saved now."""
        data = cast(QueryDict, self.data).copy()
        data["seen"] = event.updated_at.isoformat()
        self.data = data


_SHOWN = tuple(field.name for field in fields(Details))


def initial(event: Event) -> dict[str, Any]:
    """What the form shows of an event."""
    shown = {name: getattr(event, name) for name in _SHOWN}
    return {**shown, "seen": event.updated_at.isoformat()}
