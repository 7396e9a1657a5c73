"""Forms that ask "did you mean …@gmail.com?", once, and believe whoever insists."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from newsletters.addresses import Address, suggestion


class AskingForm(forms.Form):
    """Base of a form with an address. Its page shows ``asked`` among the hidden fields."""

    # The address somebody was asked about: sent again unchanged, it is taken as it is.
    asked = forms.CharField(required=False, widget=forms.HiddenInput)

    def ask_about(self, address: Address) -> None:
        """Raises ValidationError about a likely slip such as gmial.com, the first time."""
        meant = suggestion(address)
        if meant is None or self.data.get("asked") == address.typed:
            return
        data = QueryDict(mutable=True)
        data.update(self.data)
        data["asked"] = address.typed
        self.data = data
        raise forms.ValidationError(
            _("Did you mean %(meant)s? Correct it, or press the button again if it is right."),
            params={"meant": meant},
            code="suggestion",
        )
