"""The question staff ask about people: as a form, as chips, and carried from page to page."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.errors import QueryRefused
from newsletters.models import MailingList, Segment, Tag
from newsletters.selectors import people as selector
from newsletters.selectors.people import Query, Standing

PER_PAGE = 50
# Part of a query → its name in an address.
_NAMES = {
    "text": "q",
    "mailing_list": "list",
    "tag": "tag",
    "segment": "segment",
    "state": "state",
}
TICKED = "ticked"


class SearchForm(forms.Form):
    """Finds people by what they are called, where they are, and what they wear."""

    q = forms.CharField(
        label=gettext_lazy("Name, address, telephone or postcode"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("The beginning of a name or an address is enough."),
    )
    list = forms.ModelChoiceField(
        label=gettext_lazy("List"),
        required=False,
        queryset=MailingList.objects.all(),
        empty_label=gettext_lazy("any"),
    )
    tag = forms.ModelChoiceField(
        label=gettext_lazy("Tag"),
        required=False,
        queryset=Tag.objects.all(),
        to_field_name="name",
        widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"}),
        error_messages={"invalid_choice": gettext_lazy("There is no tag with this name.")},
    )
    segment = forms.ModelChoiceField(
        label=gettext_lazy("Segment"),
        required=False,
        queryset=Segment.objects.defer("rule"),
        empty_label=gettext_lazy("any"),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("Standing"),
        required=False,
        choices=[("", gettext_lazy("any")), *Standing.choices],
    )

    def query(self) -> Query:
        """What was asked. Raises QueryRefused when a part of it cannot be."""
        if not self.is_valid():
            raise QueryRefused
        said = self.cleaned_data
        chosen = {name: said[name].pk if said[name] else 0 for name in ("list", "tag", "segment")}
        return Query(
            text=said["q"],
            mailing_list=chosen["list"],
            tag=chosen["tag"],
            segment=chosen["segment"],
            state=said["state"],
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether more was chosen, or chosen wrongly, than a text."""
        return any(self.data.get(name) for name in ("list", "tag", "segment", "state"))


@dataclass(frozen=True)
class Chip:
    """One thing that is asked for, and the address of the list without it."""

    words: str
    url: str


def chips(query: Query, data: QueryDict) -> list[Chip]:
    """What is asked for; each can be taken away."""
    found = []
    for part, words in selector.parts(query):
        rest = data.copy()
        for name in (_NAMES[part], "before", "after"):
            rest.pop(name, None)
        found.append(Chip(words, f"?{rest.urlencode()}"))
    return found


def carried(data: QueryDict) -> list[tuple[str, str]]:
    """Who was chosen, for hidden fields of the next page."""
    names = [*_NAMES.values(), "who", "id"]
    return [(name, value) for name in names for value in data.getlist(name)[:PER_PAGE] if value]


def chosen(data: QueryDict) -> Query:
    """The ticked people, or all that answer to the search. Raises QueryRefused with a sentence."""
    if data.get("who") != TICKED:
        return SearchForm(data).query()
    ids = {number(text) for text in data.getlist("id")[:PER_PAGE]} - {0}
    if not ids:
        raise QueryRefused("ids", _("Tick somebody first. Nothing was changed."))
    return Query(ids=tuple(sorted(ids)))


def number(text: Any) -> int:
    """0 for what is none: nobody has it."""
    text = str(text)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0
