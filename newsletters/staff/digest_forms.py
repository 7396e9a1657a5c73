"""The form of a digest's plan."""

from dataclasses import fields
from typing import Any

from django import forms
from django.conf import settings
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from newsletters import local_times
from newsletters.models import Digest, DigestFrequency, MailingList
from newsletters.selectors import mailings
from newsletters.services.digests import Plan
from newsletters.staff.fields import LineField

HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]


class DigestForm(forms.Form):
    """What it is called, to whom it goes, and when."""

    name = LineField(
        label=_("Name"),
        max_length=120,
        help_text=_("Readers see it, with the day: “Weekly news, 20 November”."),
    )
    mailing_list = forms.ModelChoiceField(
        label=_("List"),
        queryset=MailingList.objects.all(),
        empty_label=None,
        help_text=_("Of its people, those who want digests this often."),
    )
    frequency = forms.ChoiceField(
        label=_("How often"),
        choices=DigestFrequency.choices[:2],
        help_text=_("Once a month means the first such weekday of the month."),
    )
    weekday = forms.TypedChoiceField(label=_("Weekday"), choices=list(WEEKDAYS.items()), coerce=int)
    hour = forms.TypedChoiceField(label=_("Hour"), choices=HOURS, coerce=int)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=local_times.offered)
    language = forms.ChoiceField(
        label=_("Language"),
        choices=mailings.languages,
        help_text=_("For readers whose own language you do not know, or do not write in."),
    )
    is_automatic = forms.BooleanField(
        label=_("Goes out by itself"),
        required=False,
        help_text=_("Otherwise each issue waits here until somebody approves it."),
    )
    is_active = forms.BooleanField(
        label=_("Running"),
        required=False,
        help_text=_("While it rests no issue is made; what is published meanwhile comes later."),
    )

    def plan(self) -> Plan:
        """For the service."""
        return Plan(**self.cleaned_data)

    @staticmethod
    def initial_of(digest: Digest | None) -> dict[str, Any]:
        """The form's values for a digest, or for a new one."""
        plan = digest or Digest(is_active=True, time_zone=settings.TIME_ZONE)
        names = [field.name for field in fields(Plan) if field.name != "mailing_list"]
        return {
            **{name: getattr(plan, name) for name in names},
            "mailing_list": plan.mailing_list_id,
        }
