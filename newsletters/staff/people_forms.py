"""Forms about people."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletters.models import Contact, MailingList
from newsletters.selectors import lists


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
