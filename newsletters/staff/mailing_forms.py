"""Forms of the mailing pages."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from newsletters import local_times
from newsletters.compose import personalise, rendering
from newsletters.errors import MailingRefused
from newsletters.local_times import Moment
from newsletters.models import Mailing, MailingList, Segment
from newsletters.names import straight
from newsletters.selectors import mailings as selector
from newsletters.services.mailing_drafts import Heading
from newsletters.staff.fields import AddressField, LineField
from newsletters.states import DoubtPolicy


class DraftField(forms.CharField):
    """Needed before it can be sent, and therefore not called optional; may be empty until then."""

    def validate(self, value: Any) -> None:
        """Nothing: approval asks for what is missing."""


class HeadingForm(forms.Form):
    """What a mailing is called and whom it comes from."""

    name = forms.CharField(
        label=_("Working title"), max_length=200, help_text=_("Only staff see this.")
    )
    sender_name = LineField(
        label=_("Sender’s name"),
        max_length=120,
        required=False,
        help_text=_(
            "What readers see in their inbox. Empty: the sender of its list, or the name of "
            "this site."
        ),
    )
    reply_to = AddressField(
        label=_("Replies go to"),
        max_length=254,
        required=False,
        help_text=_("An e-mail address somebody reads."),
    )
    default_language = forms.ChoiceField(
        label=_("Language"),
        choices=selector.languages,
        help_text=_("Readers whose language you do not write in get this one."),
    )
    doubt_policy = forms.ChoiceField(
        label=_("When a mail may or may not have arrived"),
        choices=DoubtPolicy.choices,
        initial=DoubtPolicy.RESEND,
        help_text=_("That happens to a handful of mails when a machine stops in the middle."),
    )

    def heading(self) -> Heading:
        """For the service."""
        return Heading(**self.cleaned_data)

    @staticmethod
    def initial_of(mailing: Mailing) -> dict[str, str]:
        """The form's values for an existing mailing."""
        names = ("name", "sender_name", "reply_to", "default_language", "doubt_policy")
        return {name: getattr(mailing, name) for name in names}


class TextForm(forms.Form):
    """Subject and first line."""

    use_required_attribute = False
    subject = DraftField(label=_("Subject"), max_length=200)
    preheader = forms.CharField(
        label=_("First line shown in the inbox"), max_length=200, required=False
    )

    def clean_subject(self) -> str:
        """One line, known fields."""
        return _without_problems(straight(self.cleaned_data["subject"]), rendering.line_problems)

    def clean_preheader(self) -> str:
        """Known fields."""
        return _without_problems(straight(self.cleaned_data["preheader"]), personalise.problems)


class AudienceForm(forms.Form):
    """Lists that are written to, and lists that are left out."""

    lists = forms.ModelMultipleChoiceField(
        label=_("Send to everybody on"),
        queryset=MailingList.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one list.")},
    )
    excluded = forms.ModelMultipleChoiceField(
        label=_("But not to anybody on"),
        queryset=MailingList.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    segment = forms.ModelChoiceField(
        label=_("A saved segment"),
        queryset=Segment.objects.all(),
        required=False,
        empty_label=_("None: the conditions below, or everybody"),
    )

    def rule(self, own: dict[str, Any]) -> dict[str, Any]:
        """The chosen segment's rule, or else the page's own. Asked of a valid form or not."""
        chosen = self.cleaned_data.get("segment")
        return chosen.rule if chosen else own

    def ids(self, name: str) -> list[int]:
        """Ids of the chosen lists; none when what was sent is not a list of ours."""
        return sorted(row.pk for row in self.cleaned_data.get(name) or ())


class ScheduleForm(forms.Form):
    """A local time and the zone it is meant in."""

    when = forms.DateTimeField(
        label=_("Day and time"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("Write day and time like 2027-05-31 09:00.")},
    )
    zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=local_times.offered,
        initial=lambda: settings.TIME_ZONE,
    )

    def clean_when(self) -> datetime:
        """What was typed, without the zone Django puts on it."""
        typed: datetime = self.cleaned_data["when"]
        return typed.replace(tzinfo=None)

    def moment(self) -> Moment:
        """The instant that was meant."""
        return local_times.read(self.cleaned_data["when"], self.cleaned_data["zone"])

    def clean(self) -> dict[str, Any]:
        """The zone is known."""
        data = super().clean() or {}
        if "when" in data and "zone" in data:
            try:
                self.moment()
            except (MailingRefused, OverflowError, ValueError) as error:
                self.add_error("when", str(error))
        return data


class AddressForm(forms.Form):
    """One e-mail address: a person to look as, or where a test goes."""

    address = AddressField(
        label=_("E-mail address"),
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


def _without_problems(typed: str, look: Any) -> str:
    found = look(typed)
    if found:
        raise forms.ValidationError(found)
    return typed
