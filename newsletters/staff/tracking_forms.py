"""The form that says whether opens and clicks of a mailing are counted."""

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletters.models import Mailing


class TrackingForm(forms.Form):
    """Both are off until somebody asks for them."""

    opens = forms.BooleanField(
        label=_("Count who opens it"),
        required=False,
        help_text=_("By a tiny picture of this site. Who loads no pictures is not counted."),
    )
    clicks = forms.BooleanField(
        label=_("Count who follows its links"),
        required=False,
        help_text=_("Each link leads over this site first."),
    )

    @staticmethod
    def initial_of(mailing: Mailing) -> dict[str, bool]:
        """As it stands."""
        return {"opens": mailing.counts_opens, "clicks": mailing.counts_clicks}
