"""Forms about the domains we write from."""

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletters.errors import SenderDomainRefused
from newsletters.services import sender_domains


class SenderDomainForm(forms.Form):
    """A domain that is to be among the sender domains."""

    domain = forms.CharField(
        label=_("Domain"),
        max_length=253,
        help_text=_("What stands behind the @ in From, like example.org."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_domain(self) -> str:
        """As the DNS knows it."""
        try:
            return sender_domains.read(self.cleaned_data["domain"])
        except SenderDomainRefused as error:
            raise forms.ValidationError(error.message, code=error.code) from None


class WarmUpForm(forms.Form):
    """When the warm-up plan of a domain begins."""

    warm_up_from = forms.DateField(
        label=_("Warm-up begins on"),
        required=False,
        help_text=_(
            "For a domain that has sent little so far: mailings grow day by day for three weeks, "
            "so that mail providers get to know it. Empty: it is known already."
        ),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
