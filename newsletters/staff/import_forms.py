"""Forms of the import pages."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newsletters.imports.columns import COLUMNS
from newsletters.imports.layout import Wishes
from newsletters.imports.limits import MAX_TEXT_FILE
from newsletters.imports.sentences import FILE
from newsletters.models import ImportJob, ImportPolicy, MailingList
from newsletters.services.imports import Choices

_ENCODINGS = (
    ("utf-8-sig", _("UTF-8 (most files)")),
    ("cp1251", _("Windows-1251 (Cyrillic)")),
    ("cp1252", _("Windows-1252 or Latin-1 (Western Europe)")),
    ("utf-16", _("UTF-16 with a mark")),
    ("utf-16-le", _("UTF-16, little end first")),
    ("utf-16-be", _("UTF-16, big end first")),
)
_DELIMITERS = (
    (",", _("Comma ,")),
    (";", _("Semicolon ;")),
    ("\t", _("Tab")),
    ("|", _("Bar |")),
)
_BASES = (
    ("", _("Choose")),
    ("consent", _("They agreed to hear from us")),
    ("membership", _("They are members or donors")),
    ("legitimate interest", _("Legitimate interest, weighed and written down")),
)


class UploadForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label=_("Sheet of people"),
        help_text=_(
            "CSV, TSV or text up to 200 MB; XLSX, XLS or ODS up to 20 MB. "
            "The file stays on this server and is deleted after 30 days."
        ),
    )

    def clean_file(self) -> UploadedFile:
        """Too large a file is refused before it is looked at."""
        file: UploadedFile = self.cleaned_data["file"]
        if file.size and file.size > MAX_TEXT_FILE:
            raise forms.ValidationError(str(FILE["text_size"]), code="text_size")
        return file


class LayoutForm(forms.Form):
    """How the file is read. Only what the file's kind knows is asked."""

    encoding = forms.ChoiceField(label=_("Letters are written in"), choices=_ENCODINGS)
    delimiter = forms.ChoiceField(label=_("Cells are separated by"), choices=_DELIMITERS)
    sheet = forms.TypedChoiceField(label=_("Sheet"), coerce=int)
    header_row = forms.IntegerField(
        label=_("Row with the names of the columns"),
        min_value=0,
        max_value=1000,
        help_text=_("0 if the file has no such row."),
    )

    def __init__(self, *args: Any, job: ImportJob, **kwargs: Any) -> None:
        """Ask about ``job``'s file, filled with what was found."""
        layout = job.layout
        kwargs.setdefault("initial", layout)
        super().__init__(*args, **kwargs)
        if layout["format"] == "text":
            del self.fields["sheet"]
        else:
            del self.fields["encoding"], self.fields["delimiter"]
            names = [_sheet_name(name, hidden) for name, hidden in layout["sheets"]]
            sheet = self.fields["sheet"]
            assert isinstance(sheet, forms.TypedChoiceField)  # noqa: S101  # declared above
            sheet.choices = list(enumerate(names))

    def wishes(self) -> Wishes:
        """What was corrected."""
        return Wishes(**self.cleaned_data)


class MappingForm(forms.Form):
    """What each column is, and on which ground these people may be written to."""

    mailing_list = forms.ModelChoiceField(
        label=_("List to join"),
        queryset=MailingList.objects.all(),
        required=False,
        empty_label=_("None: only keep them as people we know"),
        help_text=_("Nobody who has left the list comes back on it."),
    )
    legal_basis = forms.ChoiceField(label=_("Why may we write to them?"), choices=_BASES)
    source = forms.CharField(
        label=_("Where do they come from?"),
        max_length=150,
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
        label=_("Make tags that do not exist yet (200 at most)"), required=False
    )

    def __init__(self, *args: Any, job: ImportJob, **kwargs: Any) -> None:
        """Ask about ``job``'s columns, filled with our guesses or what was said before."""
        super().__init__(*args, **kwargs)
        self._width = len(job.layout["columns"])
        choices = [("", _("Leave out")), *((column.name, column.label) for column in COLUMNS)]
        for at in range(self._width):
            self.fields[f"column_{at}"] = forms.ChoiceField(
                label=column_name(job, at),
                choices=choices,
                required=False,
                initial=job.mapping.get(str(at), ""),
            )
        if job.source:
            self._fill(job)

    def clean(self) -> dict[str, Any]:
        """A consent column says who joins: the words for yes are needed then."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("mailing_list") and not cleaned.get("wording"):
            self.add_error("wording", gettext("Copy here what these people read when they agreed."))
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
            policy=data["policy"],
            yes_words=[word for word in words if word],
            makes_tags=data["makes_tags"],
        )

    def refuse(self, code: str, message: str) -> None:
        """Show a refusal of the service where it can be mended."""
        self.add_error(code if code in self.fields else None, message)

    def column_fields(self) -> list[forms.BoundField]:
        """The question about each column, in order."""
        return [self[f"column_{at}"] for at in range(self._width)]

    def _fill(self, job: ImportJob) -> None:
        filled: dict[str, Any] = {
            "mailing_list": job.mailing_list_id,
            "legal_basis": job.legal_basis,
            "source": job.source,
            "wording": job.wording.text if job.wording else "",
            "yes_words": ", ".join(job.yes_words),
            "policy": job.policy,
            "makes_tags": job.makes_tags,
        }
        self.initial = {**self.initial, **filled}


def column_name(job: ImportJob, at: int) -> str:
    """The header of a column, or its number where it has none."""
    name: str = job.layout["columns"][at]
    return name or gettext("Column %(number)s") % {"number": at + 1}


def _sheet_name(name: str, hidden: bool) -> str:
    return gettext("%(name)s (hidden)") % {"name": name} if hidden else name
