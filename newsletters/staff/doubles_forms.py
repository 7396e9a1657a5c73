"""Forms about two rows that may be one person."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.models import Contact
from newsletters.selectors.merges import GONE, KEPT, Difference
from newsletters.services.merges import Pair
from newsletters.states import ContactState

FIRST, SECOND = "first", "second"
CHOOSE = {"required": gettext_lazy("Choose one of the two.")}


class MergeForm(forms.Form):
    """Whose address stays, and for every field in which the two differ whose value stands."""

    kept = forms.ChoiceField(
        label=gettext_lazy("Mail goes to"), widget=forms.RadioSelect, error_messages=CHOOSE
    )

    def __init__(
        self, *args: Any, first: Contact, second: Contact, differences: list[Difference]
    ) -> None:
        """Offers for each field what both have; what says something is chosen already."""
        super().__init__(*args)
        self._people = {FIRST: first, SECOND: second}
        kept = cast("forms.ChoiceField", self.fields["kept"])
        kept.choices = [(FIRST, first.email), (SECOND, second.email)]
        kept.initial = _likelier(first, second)
        self._names = [difference.name for difference in differences]
        for difference in differences:
            choices = [(FIRST, difference.first), (SECOND, difference.second)]
            self.fields[f"take_{difference.name}"] = forms.ChoiceField(
                label=difference.label,
                choices=[(side, words or _("empty")) for side, words in choices],
                initial=_fuller(difference, str(kept.initial)),
                widget=forms.RadioSelect,
                error_messages=CHOOSE,
            )

    def pair(self) -> Pair:
        """Who stays, and who becomes part of her."""
        side = self.cleaned_data["kept"]
        return Pair(self._people[side], self._people[FIRST if side == SECOND else SECOND])

    def choices(self) -> dict[str, str]:
        """Field → whose value, as the service takes it."""
        side = self.cleaned_data["kept"]
        return {
            name: KEPT if self.cleaned_data[f"take_{name}"] == side else GONE
            for name in self._names
        }


class WithForm(forms.Form):
    """Finds the other row of the same person."""

    q = forms.CharField(
        label=gettext_lazy("Name or address of the other"),
        max_length=254,
        help_text=gettext_lazy("The beginning of a name or an address is enough."),
        error_messages={"required": gettext_lazy("Write a name or an address first.")},
    )


def _likelier(first: Contact, second: Contact) -> str:
    """Who can be written to; of two alike who is known longer."""
    dead = first.state == ContactState.BOUNCED and second.state != ContactState.BOUNCED
    return SECOND if dead else FIRST


def _fuller(difference: Difference, side: str) -> str:
    if difference.first and difference.second:
        return side
    return FIRST if difference.first else SECOND
