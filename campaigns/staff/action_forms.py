"""The forms of the urgent actions' staff pages."""

from datetime import date, timedelta
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns import facts
from campaigns.errors import FactRefused, LetterRefused
from campaigns.letter_text import MIDDLE_MAX, clean_middle
from campaigns.models import ModelLetter, Target, UrgentAction
from newsletters.errors import LineRefused
from newsletters.names import one_line, straight

MOST_LETTERS = 60
FURTHEST = timedelta(days=730)


def _zones() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]


class ActionForm(forms.ModelForm):
    """Everything about an urgent action but its model letters."""

    number = forms.IntegerField(label=_("Number"), min_value=1, max_value=99999)
    year = forms.IntegerField(label=_("Year"), min_value=1960, max_value=2200)
    issue = forms.IntegerField(
        label=_("Appeal no."),
        min_value=1,
        max_value=99,
        help_text=_("1 for the first appeal; 2 when you call for letters again."),
    )
    write_until = forms.DateField(
        label=_("Write until"),
        help_text=_("The last day one may write. The form closes by itself at midnight."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    time_zone = forms.ChoiceField(label=_("Midnight where"), choices=_zones)
    targets = forms.ModelMultipleChoiceField(
        label=_("Targets"),
        queryset=Target.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = UrgentAction
        fields = (
            "case",
            "title",
            "summary",
            "demands",
            "write_until",
            "time_zone",
            "targets",
            "advice",
            "number",
            "year",
            "issue",
            "previous",
            "campaign",
        )
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 6}),
            "demands": forms.Textarea(attrs={"rows": 4}),
            "advice": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """An action cannot follow itself."""
        super().__init__(*args, **kwargs)
        previous = self.fields["previous"]
        if isinstance(previous, forms.ModelChoiceField):
            previous.label = _("The appeal before")
            previous.queryset = UrgentAction.objects.exclude(pk=self.instance.pk)

    def clean_write_until(self) -> date:
        """A day one can mean: calendars end, and so does patience."""
        day: date = self.cleaned_data["write_until"]
        today = timezone.now().date()
        if day > today + FURTHEST:
            raise ValidationError(_("This is more than two years away. Choose an earlier day."))
        if day < today - FURTHEST:
            raise ValidationError(_("This day is long over. Choose a day to come."))
        return day


class ModelLetterForm(forms.Form):
    """One model letter. Left wholly empty it is no letter."""

    target = forms.ModelChoiceField(
        label=_("For"),
        queryset=Target.objects.all(),
        required=False,
        empty_label=_("every target"),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        # What the browser sends when nobody touched the field: it must not look like a letter.
        initial=settings.LANGUAGES[0][0],
    )
    subject = forms.CharField(label=_("Subject"), max_length=150)
    middle = forms.CharField(
        label=_("Text the supporter may change"),
        max_length=MIDDLE_MAX,
        help_text=_(
            "The salutation comes from the target. {days_held}, {name} and {place} are filled in "
            "on the day the letter is read."
        ),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    foot = forms.CharField(
        label=_("Closing"),
        max_length=200,
        help_text=_("Stands above the supporter's name and cannot be changed."),
    )

    def clean_subject(self) -> str:
        """One line with only facts we know."""
        try:
            return self._line(one_line(self.cleaned_data["subject"]), "subject")
        except LineRefused as error:
            raise ValidationError(error.message) from error

    def clean_middle(self) -> str:
        """Only facts we know, and long enough to be sent without a change."""
        try:
            return clean_middle(_checked(self.cleaned_data["middle"]))
        except LetterRefused as error:
            raise ValidationError(error.message) from error

    def clean_foot(self) -> str:
        """Only facts we know."""
        return self._line(self.cleaned_data["foot"], "foot")

    def letter(self) -> ModelLetter:
        """What was written, not saved."""
        return ModelLetter(**{name: self.cleaned_data[name] for name in _LETTER})

    def _line(self, typed: str, field: str) -> str:
        text = straight(typed)
        if not text:
            raise ValidationError(self.fields[field].error_messages["required"])
        return _checked(text)


def _checked(text: str) -> str:
    try:
        facts.check(text)
    except FactRefused as error:
        raise ValidationError(error.message) from error
    return text


_LETTER = ("target", "language", "subject", "middle", "foot")


class BaseLetterFormSet(forms.BaseFormSet):
    """No two letters for the same target in the same language."""

    def clean(self) -> None:
        """Name the second of two that would fight."""
        seen = set()
        for form in self.kept():
            key = (form.cleaned_data.get("target"), form.cleaned_data.get("language"))
            if key in seen:
                form.add_error(
                    "language", _("There are two letters for this target in this language.")
                )
            seen.add(key)

    def kept(self) -> list[ModelLetterForm]:
        """The forms that hold a letter and are not to be taken away."""
        return [
            form
            for form in self.forms
            if form.is_valid()
            and not form.cleaned_data.get("DELETE")
            and form.cleaned_data.get("subject")
        ]

    def letters(self) -> list[ModelLetter]:
        """All letters, not saved."""
        return [form.letter() for form in self.kept()]


LetterFormSet = cast(
    type[BaseLetterFormSet],
    forms.formset_factory(
        ModelLetterForm,
        formset=BaseLetterFormSet,
        extra=1,
        can_delete=True,
        max_num=MOST_LETTERS,
        validate_max=True,
    ),
)


def letter_initial(action: UrgentAction | None) -> list[dict[str, Any]]:
    """What the letter forms show of an action."""
    if action is None:
        return []
    rows = action.model_letters.select_related("target")
    return [{name: getattr(row, name) for name in _LETTER} for row in rows]


class OutcomeForm(forms.Form):
    """What came of an action."""

    outcome = forms.CharField(
        label=_("What came of it"),
        help_text=_("Shown on the page in place of the letter form. You can write it later, too."),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
