"""The composer's form: a subject and a row of blocks that can be added, moved and taken out.

Every button posts the whole form, so nothing typed is lost and no script is needed.
The order of the hidden ``block`` values ("b3:text") is the order of the blocks.
"""

import re
from dataclasses import fields
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from newsletters.compose.blocks import KINDS, MAX_BLOCKS, Block
from newsletters.models import MailingText
from newsletters.services.mailing_drafts import Text
from newsletters.staff.mailing_forms import DraftField, TextForm

MARK = re.compile(r"b(\d{1,4}):([a-z]+)")

# Field of a block → how it is asked for.
WIDGETS: dict[str, tuple[Any, Any, type[forms.Widget]]] = {
    "words": (_("Words"), "", forms.TextInput),
    "html": (
        _("Text"),
        _("A blank line starts a new paragraph. You may use <strong>, <em>, <a>, <ul> and <li>."),
        forms.Textarea,
    ),
    "url": (_("Link"), _("Starts with https://"), forms.URLInput),
    "src": (_("Address of the picture"), _("A picture of this site."), forms.TextInput),
    "alt": (_("What it shows"), _("For readers who do not see it."), forms.TextInput),
}


class BlockForm(forms.Form):
    """The fields of one block; what is wrong with it is said at the field."""

    use_required_attribute = False

    def __init__(self, kind: type[Block], *args: Any, **kwargs: Any) -> None:
        """Makes a field for everything the block holds; each may be empty in a draft."""
        super().__init__(*args, **kwargs)
        self.kind = kind
        for name in (field.name for field in fields(kind)):
            label, hint, widget = WIDGETS[name]
            self.fields[name] = DraftField(label=label, help_text=hint, widget=widget, strip=False)

    def clean(self) -> dict[str, Any]:
        """The block itself says what is wrong with it."""
        data = super().clean() or {}
        for name, sentence in self.kind(**data).wrong().items():
            self.add_error(name, sentence)
        return data

    @property
    def moved(self) -> str:
        """What the hidden value says of this block."""
        return f"{self.prefix}:{self.kind.kind}"


class Composer:
    """Subject and blocks as they stand on the page."""

    def __init__(self, form: TextForm, rows: list[BlockForm]) -> None:
        self.form = form
        self.rows = rows
        self.kinds = [(name, kind.label) for name, kind in KINDS.items()]

    @classmethod
    def stored(cls, text: MailingText) -> "Composer":
        """As it was saved."""
        form = TextForm(initial={"subject": text.subject, "preheader": text.preheader})
        rows = [
            BlockForm(KINDS[data["type"]], prefix=f"b{number}", initial=data)
            for number, data in enumerate(text.blocks)
            if data.get("type") in KINDS
        ]
        return cls(form, rows)

    @classmethod
    def posted(cls, data: QueryDict) -> "Composer":
        """As it was sent, with what the pressed button asks for done to it."""
        marks = [found for mark in data.getlist("block") if (found := MARK.fullmatch(mark))]
        marks = [mark for mark in marks if mark[2] in KINDS][:MAX_BLOCKS]
        rows = [BlockForm(KINDS[mark[2]], data, prefix=f"b{mark[1]}") for mark in marks]
        return cls(TextForm(data), _done(data.get("do", ""), rows, data))

    def is_valid(self) -> bool:
        """True when everything may be kept as a draft. Looks at all of it, so all errors show."""
        return all([self.form.is_valid(), *[row.is_valid() for row in self.rows]])

    def text(self, language: str) -> Text:
        """For the service."""
        blocks = [row.kind(**row.cleaned_data).data() for row in self.rows]
        return Text(language=language, blocks=blocks, **self.form.cleaned_data)

    def number_of(self, prefix: str) -> int:
        """Where the block with this prefix stands now; the end when it is gone."""
        places = [number for number, row in enumerate(self.rows) if row.prefix == prefix]
        return places[0] if places else max(len(self.rows) - 1, 0)


def _done(button: str, rows: list[BlockForm], data: QueryDict) -> list[BlockForm]:
    act, _colon, what = button.partition(":")
    if act == "add" and what in KINDS and len(rows) < MAX_BLOCKS:
        taken = [int(str(row.prefix)[1:]) for row in rows]
        return [*rows, BlockForm(KINDS[what], data, prefix=f"b{max(taken, default=-1) + 1}")]
    place = next((number for number, row in enumerate(rows) if row.prefix == what), None)
    if place is None:
        return rows
    row = rows.pop(place)
    if act == "up":
        rows.insert(max(place - 1, 0), row)
    elif act == "down":
        rows.insert(place + 1, row)
    elif act != "remove":
        rows.insert(place, row)
    return rows
