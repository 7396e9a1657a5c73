"""Forms about people and lists."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletters import names
from newsletters.errors import LineRefused
from newsletters.models import Contact, MailingList
from newsletters.selectors import lists
from newsletters.services.lists import Details

NAME_LENGTH = 120


class SearchForm(forms.Form):
    """Finds people by the beginning of an address or a name."""

    q = forms.CharField(
        label=_("Address or name"),
        required=False,
        max_length=254,
        help_text=_("The beginning is enough."),
    )


class TakeOffForm(forms.Form):
    """Which list a person is taken off."""

    mailing_list = forms.ModelChoiceField(
        label=_("List"), queryset=MailingList.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        """Offers the lists she is on."""
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField", self.fields["mailing_list"])
        field.queryset = lists.joined_by(contact)


class BlockForm(forms.Form):
    """Why nothing at all goes to an address any more."""

    reason = forms.CharField(
        label=_("Why?"),
        max_length=200,
        help_text=_("For whoever looks at this page later. No names of others, please."),
    )


class ListForm(forms.Form):
    """A list as staff describe it."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=1000,
        help_text=_("What a person gets, and how often. Stands beside the box she ticks."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    sender_name = forms.CharField(
        label=_("Sender's name"),
        required=False,
        max_length=NAME_LENGTH,
        help_text=_("As readers see it in the mailbox. Empty: the name of the site."),
    )
    is_public = forms.BooleanField(
        label=_("Public"),
        required=False,
        help_text=_("Anybody can join on the sign-up page. Otherwise only imports lead here."),
    )
    is_sensitive = forms.BooleanField(
        label=_("Sensitive"),
        required=False,
        help_text=_(
            "Opens and clicks can never be counted, and a person's own page shows it only "
            "when she is on it."
        ),
    )

    def clean_name(self) -> str:
        """One line: the name stands in mails."""
        return _one_line(self.cleaned_data["name"])

    def clean_sender_name(self) -> str:
        """One line: it stands in the head of a mail."""
        return _one_line(self.cleaned_data["sender_name"])

    def details(self) -> Details:
        """What was filled in, for the service."""
        return Details(**self.cleaned_data)


def _one_line(text: str) -> str:
    try:
        return names.one_line(text)
    except LineRefused as error:
        raise forms.ValidationError(error.message, code=error.code) from None
