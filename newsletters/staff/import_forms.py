"""Forms of the import pages: the file, and how it is read."""

from typing import Any, Self

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newsletters.imports.layout import Wishes
from newsletters.imports.limits import MAX_TEXT_FILE
from newsletters.imports.sentences import FILE
from newsletters.models import ImportJob

# Below what one request may hold without a file, in letters of two bytes.
_MAX_PASTED = 900_000
_ENCODINGS = (
    ("utf-8-sig", _("UTF-8 (most files)")),
    ("cp1251", _("Windows-1251 (Cyrillic)")),
    ("cp1252", _("Windows-1252 (Western Europe)")),
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


class UploadForm(forms.Form):
    """One file, or rows copied from one."""

    file = forms.FileField(
        label=_("Sheet of people"),
        required=False,
        error_messages={"empty": _("The file is empty. Choose the sheet again.")},
        help_text=_(
            "CSV, TSV or text up to 200 MB; XLSX, XLS or ODS up to 60 MB and 250,000 rows. "
            "The file stays on this server and is deleted after 30 days."
        ),
    )
    rows = forms.CharField(
        label=_("Or paste rows here"),
        required=False,
        strip=False,
        max_length=_MAX_PASTED,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_(
            "Copied from a spreadsheet with the row of names above them, or addresses alone, "
            "each on a line of its own."
        ),
    )

    def clean_file(self) -> UploadedFile | None:
        """Too large a file is refused before it is looked at."""
        file: UploadedFile | None = self.cleaned_data["file"]
        if file and file.size and file.size > MAX_TEXT_FILE:
            raise forms.ValidationError(str(FILE["text_size"]), code="text_size")
        return file

    def clean(self) -> dict[str, Any]:
        """One of both: nobody can know which of two is meant."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        pasted = bool(cleaned["rows"].strip())
        if cleaned["file"] and pasted:
            self.add_error(
                "rows",
                gettext(
                    "Choose a file or paste rows, not both. Empty this box and choose the file "
                    "once more, or go on with what is pasted."
                ),
            )
        elif not cleaned["file"] and not pasted:
            self.add_error("file", gettext("Choose a file, or paste rows below."))
        return cleaned

    def refuse(self, message: str) -> None:
        """Show a refusal of the service at what was chosen or pasted."""
        self.add_error("file" if self.cleaned_data.get("file") else "rows", message)

    def upload(self) -> UploadedFile:
        """What was chosen or pasted, as a file."""
        file: UploadedFile | None = self.cleaned_data["file"]
        if file:
            return file
        rows: str = self.cleaned_data["rows"]
        return SimpleUploadedFile(gettext("Pasted rows"), rows.encode(), "text/plain")


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

    @classmethod
    def as_found(cls, job: ImportJob) -> Self:
        """How ``job``'s file is read now, with what is wrong about that at the field to mend."""
        problem = job.layout["problem"]
        if not problem:
            return cls(job=job)
        form = cls(job.layout, job=job)
        form.add_error("header_row", str(FILE[problem]))
        return form

    def is_changed(self) -> bool:
        """Whether anything that was sent differs from how the file is read now."""
        return any(name in self.data for name in self.changed_data)

    def wishes(self) -> Wishes:
        """What was corrected. Another sheet has a header row of its own unless one was named."""
        moved = "sheet" in self.changed_data and "header_row" not in self.changed_data
        return Wishes(**self.cleaned_data | ({"header_row": None} if moved else {}))

    def refuse(self, code: str, message: str) -> None:
        """Show a refusal of the service at the field that mends it: as a rule what was changed."""
        changed = [name for name in self.fields if name in self.changed_data]
        if code == "header_unreadable":
            if changed == ["encoding"]:
                message = gettext(
                    "The names of the columns cannot be read in these letters. Choose others."
                )
            else:
                changed = ["header_row"]
        self.add_error(changed[0] if changed else None, message)


def _sheet_name(name: str, hidden: bool) -> str:
    return gettext("%(name)s (hidden)") % {"name": name} if hidden else name
