"""What staff fill in: the petition, and its text in one language."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from petitions.models import Petition, PetitionText
from petitions.states import PetitionState, SignatureState

MOST_GOALS = 20
HIGHEST_GOAL = 100_000_000
# They would hide behind the addresses of confirming and withdrawing.
RESERVED = ("confirm", "withdraw")


class GoalsField(forms.CharField):
    """Numbers with commas or spaces between them; cleaned to a rising list."""

    def prepare_value(self, value: Any) -> Any:
        """A list as one writes it."""
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[int]:
        """The list, or a sentence naming the part that is no goal."""
        text = super().clean(value)
        words = re.split(r"[,;\s]+", text.strip(",; \n\t"))
        for word in words:
            number = int(word) if word.isascii() and word.isdecimal() and len(word) < 12 else 0
            if not 0 < number <= HIGHEST_GOAL:
                raise forms.ValidationError(
                    _("“%(word)s” is not a goal. Write whole numbers with commas: 100, 500, 1000."),
                    params={"word": word[:20]},
                )
        if len(words) > MOST_GOALS:
            raise forms.ValidationError(_("These are more than 20 goals; take some out."))
        return sorted({int(word) for word in words})


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class SettingsForm(forms.ModelForm):
    """Everything but the text."""

    default_language = forms.ChoiceField(
        label=gettext_lazy("Its own language"), choices=settings.LANGUAGES
    )
    goals = GoalsField(
        label=gettext_lazy("Goals"),
        help_text=gettext_lazy("The page shows the lowest one that is still ahead."),
    )

    class Meta:
        model = Petition
        fields = (
            "addressee",
            "slug",
            "started_by",
            "default_language",
            "campaign",
            "goals",
            "opens_at",
            "closes_at",
            "news_list",
            "needs_country",
        )
        widgets = {"opens_at": _moment(), "closes_at": _moment()}
        help_texts = {
            "slug": gettext_lazy("The last part of the page's address. Fixed once it is open."),
            "opens_at": gettext_lazy("Empty: as soon as you open it. Time zone of this site."),
            "closes_at": gettext_lazy("Empty: until you close it."),
            "news_list": gettext_lazy("Without a list the form has no box for news."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The address is fixed for good once people may have passed it on."""
        super().__init__(*args, **kwargs)
        self.fields["slug"].disabled = self.instance.state != PetitionState.DRAFT

    def clean_slug(self) -> str:
        """Not one of our own addresses."""
        slug: str = self.cleaned_data["slug"]
        if slug.lower() in RESERVED:
            raise forms.ValidationError(_("This word is taken by the site; choose another one."))
        return slug

    def clean(self) -> dict[str, Any]:
        """It has to open before it closes."""
        super().clean()
        given = self.cleaned_data
        opens, closes = given.get("opens_at"), given.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("It closes before it opens; make this later."))
        return given


class WordsForm(forms.ModelForm):
    """The text in one language, as plain paragraphs."""

    class Meta:
        model = PetitionText
        fields = ("title", "summary", "demand", "background", "thanks", "victory")
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 3}),
            "demand": forms.Textarea(attrs={"rows": 8}),
            "background": forms.Textarea(attrs={"rows": 8}),
            "thanks": forms.Textarea(attrs={"rows": 3}),
            "victory": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "demand": gettext_lazy("An empty line begins a new paragraph."),
            "thanks": gettext_lazy("Shown after signing and in the mail."),
            "victory": gettext_lazy("Shown above the text once you declare it won."),
        }


class FindForm(forms.Form):
    """Which signatures to show."""

    state = forms.ChoiceField(
        label=gettext_lazy("Show"),
        required=False,
        choices=[("", gettext_lazy("all")), *SignatureState.choices],
    )
