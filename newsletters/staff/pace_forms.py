"""The form that says at which hours and how fast a mailing goes out."""

from datetime import time
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.models import Mailing
from newsletters.services import windows
from newsletters.services.pacing import Pace
from newsletters.states import Clock

FASTEST = 10_000_000
HOUR = "%H:%M"


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        input_formats=[HOUR, "%H:%M:%S"],
        widget=forms.TimeInput(attrs={"type": "time"}, format=HOUR),
        error_messages={"invalid": gettext_lazy("Write the time like 09:00.")},
    )


class PaceForm(forms.Form):
    """Whose clock, which hours and days, how many an hour."""

    clock = forms.ChoiceField(
        label=gettext_lazy("By whose clock"),
        choices=[
            (Clock.SENDER, gettext_lazy("Ours: everybody at the same moment")),
            (Clock.READER, gettext_lazy("Each reader’s own: that hour where she lives")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    window_from = _time(gettext_lazy("Not before"))
    window_to = _time(gettext_lazy("Not after"))
    days = forms.MultipleChoiceField(
        label=gettext_lazy("Only on these days"),
        choices=[(str(day), name) for day, name in WEEKDAYS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("None chosen means every day."),
    )
    per_hour = forms.IntegerField(
        label=gettext_lazy("At most so many an hour"),
        required=False,
        min_value=1,
        max_value=FASTEST,
        help_text=gettext_lazy("Spread evenly. Empty: as fast as the ways out take it."),
        error_messages={
            "invalid": gettext_lazy("Write a whole number, or leave it empty."),
            "min_value": gettext_lazy("Write 1 or more, or leave it empty."),
        },
    )

    def __init__(self, data: Any, *, mailing: Mailing) -> None:
        """Filled with what was chosen the last time."""
        super().__init__(
            data,
            initial={
                "clock": mailing.clock,
                "window_from": mailing.window_from,
                "window_to": mailing.window_to,
                "days": _days(mailing.window_days),
                "per_hour": mailing.per_hour,
            },
        )

    def clean(self) -> dict[str, Any]:
        """Two times make a window; one alone does not."""
        data = super().clean() or {}
        begin: time | None = data.get("window_from")
        end: time | None = data.get("window_to")
        if self.has_error("window_from") or self.has_error("window_to"):
            return data
        if (begin is None) != (end is None):
            missing = "window_from" if begin is None else "window_to"
            self.add_error(missing, _("Write both times, or neither."))
        elif begin is not None and begin == end:
            self.add_error("window_to", _("These two times leave no hour between them."))
        return data

    @property
    def is_plain(self) -> bool:
        """Whether nothing is chosen that has to be shown open."""
        if self.is_bound and self.errors:
            return False
        chosen = self.cleaned_data if self.is_bound else self.initial
        return not (chosen["days"] or chosen["window_from"] or chosen["per_hour"])

    def pace(self) -> Pace:
        """What was chosen."""
        data = self.cleaned_data
        return Pace(
            clock=data["clock"] or Clock.SENDER,
            window_from=data["window_from"],
            window_to=data["window_to"],
            window_days=sum(1 << int(day) for day in data["days"]) or windows.EVERY_DAY,
            per_hour=data["per_hour"],
        )


def _days(bits: int) -> list[str]:
    """The chosen days; none for every day."""
    if bits == windows.EVERY_DAY:
        return []
    return [str(day) for day in WEEKDAYS if bits >> day & 1]
