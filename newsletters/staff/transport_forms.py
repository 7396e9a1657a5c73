"""The form of a way out."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletters.models import SenderDomain, Transport
from newsletters.services.transports import Plan

MOST = 100_000_000
MOST_SHARE = 100


def _limit(label: Any, most: int = MOST) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=1,
        max_value=most,
        error_messages={
            "invalid": _("Write a whole number, or leave it empty for no limit."),
            "min_value": _("Write 1 or more, or leave it empty for no limit."),
        },
    )


class TransportForm(forms.Form):
    """Share, limits and domains of one way out."""

    weight = forms.IntegerField(
        label=_("Share"),
        min_value=0,
        max_value=MOST_SHARE,
        help_text=_(
            "Of several ways one with share 3 gets three times as much as one with 1. "
            "0 means that nothing goes this way."
        ),
        error_messages={"invalid": _("Write a whole number from 0 to 100.")},
    )
    per_second = _limit(_("At most so many mails a second"), 10_000)
    per_hour = _limit(_("At most so many mails an hour"))
    per_day = _limit(_("At most so many mails a day"))
    sender_domains = forms.ModelMultipleChoiceField(
        label=_("Only mail from"),
        queryset=SenderDomain.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_(
            "Choose none, and it carries every domain that no other way names. "
            "A domain you choose here goes only by the ways that name it."
        ),
    )

    def __init__(self, data: Any, *, transport: Transport) -> None:
        """Filled with what is kept."""
        initial = {
            name: getattr(transport, name)
            for name in ("weight", "per_second", "per_hour", "per_day")
        }
        super().__init__(
            data, initial={**initial, "sender_domains": transport.sender_domains.all()}
        )
        if not SenderDomain.objects.exists():
            del self.fields["sender_domains"]

    def plan(self) -> Plan:
        """What was typed."""
        data = self.cleaned_data
        return Plan(
            weight=data["weight"],
            per_second=data["per_second"],
            per_hour=data["per_hour"],
            per_day=data["per_day"],
            domains=tuple(data.get("sender_domains", ())),
        )
