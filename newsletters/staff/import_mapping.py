"""The form of the columns: what each is, and on which ground these people may be written to."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newsletters.imports.columns import COLUMNS, FIELD
from newsletters.imports.dates import ORDERS, asks_order
from newsletters.imports.guessing import kind_of
from newsletters.imports.layout import asks_date_order, column_of, from_json
from newsletters.models import ImportJob, ImportPolicy, MailingList
from newsletters.selectors import custom_fields
from newsletters.selectors.mailings import languages
from newsletters.services.imports import Choices, Recalled
from newsletters.services.imports.new_fields import NEW, is_new
from newsletters.states import FieldKind

_NEW_FIELD = _("New field: %(kind)s")
_BASES = (
    ("", _("Choose")),
    ("consent", _("They agreed to hear from us")),
    ("membership", _("They are members or donors")),
    ("legitimate interest", _("Legitimate interest, weighed and written down")),
)


class MappingForm(forms.Form):
    """What each column is, and on which ground these people may be written to."""

    mailing_list = forms.ModelChoiceField(
        label=_("List to join"),
        queryset=MailingList.objects.all(),
        required=False,
        empty_label=_("None: nobody joins a list"),
        help_text=_("Nobody who has left the list comes back on it."),
    )
    legal_basis = forms.ChoiceField(
        label=_("Why may we write to them?"),
        choices=_BASES,
        error_messages={
            "required": _("Choose why. If none of these is true, do not import these people.")
        },
    )
    source = forms.CharField(
        label=_("Where do they come from?"),
        max_length=150,
        error_messages={"required": _("Say in a few words where the addresses were collected.")},
        help_text=_("For example: paper lists of the vigil on 12 May, typed by Aigul."),
    )
    wording = forms.CharField(
        label=_("What did they read when they agreed?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
        help_text=_("Word for word. Needed when they join a list; it is kept as the proof."),
    )
    yes_words = forms.CharField(
        label=_("Words in the consent column that mean yes"),
        max_length=200,
        required=False,
        help_text=_(
            "Exactly as in the sheet, separated by commas, for example: yes, да. "
            "Every other word means no."
        ),
    )
    policy = forms.ChoiceField(
        label=_("People we know already"),
        choices=ImportPolicy.choices,
        initial=ImportPolicy.FILL,
        widget=forms.RadioSelect,
    )
    makes_tags = forms.BooleanField(
        label=_("Make tags that do not exist yet (200 at most)"),
        required=False,
        help_text=_("Otherwise they are left out."),
    )
    erases = forms.BooleanField(
        label=_("Delete what we know of a person wherever her cell is empty"),
        required=False,
        help_text=_(
            "Only together with “Overwrite”, and only in the columns mapped above. The address, "
            "lists and tags stay. Leave this off unless the sheet is known to be complete."
        ),
    )
    date_order = forms.ChoiceField(
        label=_("How are the dates written?"),
        choices=[("", _("Choose")), *ORDERS],
        required=False,
        help_text=_(
            "The sheet holds dates like 03/04/2024, which can be read in two ways. Needed when "
            "such a column is kept."
        ),
    )
    wording_language = forms.ChoiceField(
        label=_("Which language was that in?"), choices=languages, required=False
    )

    def __init__(
        self,
        *args: Any,
        job: ImportJob,
        recalled: Recalled | None = None,
        makes_fields: bool = False,
        **kwargs: Any,
    ) -> None:
        """Ask about ``job``'s columns, filled with our guesses or what was said before.

        ``makes_fields``: a column may become a field of its own.
        """
        super().__init__(*args, **kwargs)
        # Worth telling only while nothing has been said about this sheet itself.
        self.recalled = None if job.source else recalled
        self.makes_fields = makes_fields
        self._layout = from_json(job.layout)
        self._own = custom_fields.known()
        self._width = len(self._layout.columns)
        for at in range(self._width):
            self.fields[f"column_{at}"] = forms.ChoiceField(
                label=column_name(job, at),
                choices=self._columns(at),
                required=False,
                initial=job.mapping.get(str(at), ""),
            )
        if asks_date_order(self._layout):
            self.initial["date_order"] = self._layout.date_order
        else:
            del self.fields["date_order"]
        if job.source:
            self._fill(job)
        elif recalled:
            answers = recalled.answers | {"yes_words": ", ".join(recalled.answers["yes_words"])}
            self.initial = {**self.initial, **answers}

    def clean(self) -> dict[str, Any]:
        """Who joins a list has read something; a date that can mean two days needs its order."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("mailing_list") and not cleaned.get("wording"):
            self.add_error("wording", gettext("Copy here what these people read when they agreed."))
        if self._needs_order(cleaned) and not cleaned.get("date_order"):
            self.add_error("date_order", gettext("Say whether the day or the month comes first."))
        return cleaned

    def choices(self) -> Choices:
        """The filled-in form."""
        data = self.cleaned_data
        words = [word.strip() for word in data["yes_words"].split(",")]
        return Choices(
            mapping={
                str(at): data[f"column_{at}"] for at in range(self._width) if data[f"column_{at}"]
            },
            mailing_list=data["mailing_list"],
            legal_basis=data["legal_basis"],
            source=data["source"],
            wording=data["wording"],
            wording_language=data["wording_language"],
            policy=data["policy"],
            yes_words=[word for word in words if word],
            makes_tags=data["makes_tags"],
            erases=data["erases"],
            date_order=data.get("date_order", ""),
        )

    def refuse(self, code: str, message: str) -> None:
        """Show a refusal of the service where it can be mended."""
        self.add_error(code if code in self.fields else self._to_mend(), message)

    def keep(self, before: "MappingForm") -> None:
        """Fill in what was answered before the file was read once more; nothing is judged yet.

        What nobody had touched gives way to what we know of the sheet now. Answers
        about columns hold as long as these are the same.
        """
        touched = before.changed_data
        names = set(before.fields) & set(self.fields)
        if self._layout.columns != before._layout.columns:
            names -= {f"column_{at}" for at in range(self._width)}
        for name in names:
            said = before[name].data
            if said is not None and (name in touched or not self.initial.get(name)):
                self.initial[name] = said

    def column_fields(self) -> list[forms.BoundField]:
        """The question about each column, in order."""
        return [self[f"column_{at}"] for at in range(self._width)]

    def _to_mend(self) -> str | None:
        """The column to look at: it is likely to hold the addresses, while none does, or it is
        the first that is to be what an earlier one is already."""
        chosen = [self.cleaned_data.get(f"column_{at}") for at in range(self._width)]
        if "email" not in chosen:
            signs = ["".join(column_of(self._layout, at)).count("@") for at in range(self._width)]
            return f"column_{signs.index(max(signs))}" if signs else None
        for at, name in enumerate(chosen):
            if name and name in chosen[:at] and not is_new(name):
                return f"column_{at}"
        return None

    def _columns(self, at: int) -> list[Any]:
        """What the column can be; of new kinds of field the likely one first."""
        groups: list[Any] = [("", _("Leave out"))]
        groups.append((_("About a person"), [(column.name, column.label) for column in COLUMNS]))
        if self._own:
            own = [(f"{FIELD}{field.key}", field.name) for field in self._own]
            groups.append((_("Your own fields"), own))
        if not self.makes_fields:
            return groups
        likely = kind_of(self._layout, at)
        kinds = sorted(FieldKind, key=lambda kind: kind != likely)
        new = [(f"{NEW}{kind}", _NEW_FIELD % {"kind": kind.label}) for kind in kinds]
        return [*groups, (_("A new field of this name"), new)]

    def _needs_order(self, cleaned: dict[str, Any]) -> bool:
        dates = {f"{FIELD}{field.key}" for field in self._own if field.kind == FieldKind.DATE}
        dates.add(f"{NEW}{FieldKind.DATE}")
        return any(
            cleaned.get(f"column_{at}") in dates and asks_order(column_of(self._layout, at))
            for at in range(self._width)
        )

    def _fill(self, job: ImportJob) -> None:
        filled: dict[str, Any] = {
            "mailing_list": job.mailing_list_id,
            "legal_basis": job.legal_basis,
            "source": job.source,
            "wording": job.wording.text if job.wording else "",
            "wording_language": job.wording.language if job.wording else "",
            "yes_words": ", ".join(job.yes_words),
            "policy": job.policy,
            "makes_tags": job.makes_tags,
            "erases": job.erases,
        }
        self.initial = {**self.initial, **filled}


def column_name(job: ImportJob, at: int) -> str:
    """The header of a column, or its number where it has none."""
    name: str = job.layout["columns"][at]
    return name or gettext("Column %(number)s") % {"number": at + 1}
