"""A trap for programs that fill in forms: a field nobody sees, and the time a person needs."""

import time
from typing import Any

from django import forms
from django.core import signing
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

MIN_SECONDS = 1.5
MAX_SECONDS = 3 * 24 * 3600
_SIGNER = signing.Signer(salt="newsletters.public.trap")


def stamp(seconds_ago: float = 0) -> str:
    """A signed note of when a form was shown, for the hidden field ``opened``."""
    return _SIGNER.sign(str(int((time.time() - seconds_ago) * 1000)))


class TrapForm(forms.Form):
    """Base of a public form; shown with ``newsletters/public/_trap.html``.

    ``is_trapped`` after validation: a program sent this. The view answers with
    its usual page and does nothing. A form that was open for more than three
    days, or whose stamp is missing or altered, is refused once: the form then
    carries a fresh stamp and everything that was typed.
    """

    website = forms.CharField(
        required=False,
        max_length=200,
        label=_("Leave this empty"),
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    opened = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Stamps a form that is shown for the first time."""
        super().__init__(*args, **kwargs)
        self.initial.setdefault("opened", stamp())

    @property
    def is_trapped(self) -> bool:
        """Whether the unseen field was filled in, or the form came back faster than one types."""
        age = _age(self.data.get(self.add_prefix("opened"), ""))
        too_fast = age is not None and age < MIN_SECONDS
        return too_fast or bool(self.data.get(self.add_prefix("website")))

    def clean_opened(self) -> str:
        """Refuse a stale form, and make the one shown now a fresh one that may be sent at once."""
        given: str = self.cleaned_data["opened"]
        age = _age(given)
        if age is not None and age <= MAX_SECONDS:
            return given
        fresh = QueryDict(mutable=True)
        fresh.update(self.data)
        fresh[self.add_prefix("opened")] = stamp(seconds_ago=MIN_SECONDS)
        self.data = fresh
        raise forms.ValidationError(
            _("This page was open for a long time. Nothing is lost: press the button once more.")
        )


def _age(given: str) -> float | None:
    """Seconds since the stamp, or None when it is not ours."""
    try:
        shown = int(_SIGNER.unsign(given)) / 1000
    except (signing.BadSignature, ValueError):
        return None
    return time.time() - shown
