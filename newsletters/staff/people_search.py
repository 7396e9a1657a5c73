"""The question staff ask about people: as a form, as chips, and carried from page to page."""

from dataclasses import dataclass
from operator import itemgetter
from typing import Any, cast

from django import forms
from django.db.models import Value
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.errors import QueryRefused, SegmentRefused
from newsletters.models import MailingList, Segment, Tag
from newsletters.selectors import people as selector
from newsletters.selectors.people import Query, Standing

PER_PAGE = 50
TAGS_OFFERED = 500
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
        help_text=gettext_lazy(
            "The beginning of a name or an address is enough. Type a number as it stands on the "
            "profile; spaces too many do no harm."
        ),
    )
    list = forms.TypedChoiceField(
        label=gettext_lazy("List"),
        required=False,
        coerce=int,
        error_messages={"invalid_choice": gettext_lazy("There is no such list. Choose another.")},
    )
    tag = forms.CharField(
        label=gettext_lazy("Tag"),
        required=False,
        widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"}),
    )
    segment = forms.TypedChoiceField(
        label=gettext_lazy("Segment"),
        required=False,
        coerce=int,
        error_messages={
            "invalid_choice": gettext_lazy("There is no such segment. Choose another.")
        },
    )
    state = forms.ChoiceField(
        label=gettext_lazy("Standing"),
        required=False,
        choices=[("", gettext_lazy("any")), *Standing.choices],
        error_messages={"invalid_choice": gettext_lazy("Choose one of these.")},
    )

    def __init__(self, data: QueryDict) -> None:
        """Offers the lists, tags and segments there are: two queries, asked once."""
        super().__init__(data)
        for name, named in _offered().items():
            field = cast("forms.TypedChoiceField", self.fields[name])
            field.choices = [("", _("any")), *sorted(named, key=itemgetter(1))]
        self.known_tags = dict(Tag.objects.values_list("name", "pk")[:TAGS_OFFERED])

    def clean_tag(self) -> int:
        """The tag with exactly this name."""
        name = self.cleaned_data["tag"]
        if not name or name in self.known_tags:
            return self.known_tags.get(name, 0)
        found = Tag.objects.filter(name=name).values_list("pk", flat=True).first()
        if found is None:
            raise forms.ValidationError(_("There is no tag with this name. Look at the spelling."))
        return found

    def query(self) -> Query:
        """What was asked. Raises QueryRefused when a part of it cannot be."""
        if not self.is_valid():
            raise QueryRefused
        said = self.cleaned_data
        return Query(
            text=said["q"],
            mailing_list=said["list"] or 0,
            tag=said["tag"],
            segment=said["segment"] or 0,
            state=said["state"],
        )

    def named(self) -> dict[str, str]:
        """What the chosen list, tag and segment are called, by part of the query."""
        chosen = {
            "mailing_list": dict(cast("Any", self.fields["list"]).choices),
            "segment": dict(cast("Any", self.fields["segment"]).choices),
        }
        found = {
            part: str(names[self.cleaned_data[_NAMES[part]]])
            for part, names in chosen.items()
            if self.cleaned_data[_NAMES[part]]
        }
        return found | ({"tag": self.data["tag"].strip()} if self.cleaned_data["tag"] else {})

    @property
    def is_narrowed(self) -> bool:
        """Whether more was chosen, or chosen wrongly, than a text."""
        return any(self.data.get(name) for name in ("list", "tag", "segment", "state"))


def _offered() -> dict[str, list[tuple[int, str]]]:
    """Lists and segments, by the name of their field."""
    lists = MailingList.objects.order_by().values_list(Value("list"), "pk", "name")
    segments = Segment.objects.order_by().values_list(Value("segment"), "pk", "name")
    found: dict[str, list[tuple[int, str]]] = {"list": [], "segment": []}
    for field, pk, name in lists.union(segments, all=True):
        found[field].append((pk, name))
    return found


@dataclass(frozen=True)
class Chip:
    """One thing that is asked for, and the address of the list without it."""

    words: str
    url: str


def chips(form: SearchForm, data: QueryDict) -> list[Chip]:
    """What a valid form asks for; each can be taken away (no query)."""
    found = []
    for part, words in selector.parts(form.query(), form.named()):
        rest = data.copy()
        for name in (_NAMES[part], "before", "after"):
            rest.pop(name, None)
        found.append(Chip(words, f"?{rest.urlencode()}"))
    return found


def carried(data: QueryDict) -> list[tuple[str, str]]:
    """Who was chosen, for hidden fields of the next page."""
    names = [*_NAMES.values(), "who", "id"]
    return [(name, value) for name in names for value in data.getlist(name)[:PER_PAGE] if value]


def list_of(data: QueryDict) -> str:
    """The address of the list with the search that ``data`` carries."""
    search = {name: data[name] for name in _NAMES.values() if data.get(name)}
    return reverse("staff:people", query=search)


def chosen(data: QueryDict) -> Query:
    """The ticked people, or all that answer to the search. Raises QueryRefused with a sentence."""
    if data.get("who") != TICKED:
        return SearchForm(data).query()
    ids = {number(text) for text in data.getlist("id")[:PER_PAGE]} - {0}
    if not ids:
        raise QueryRefused("ids", _("Tick somebody first. Nothing was changed."))
    return Query(ids=tuple(sorted(ids)))


def words_of(kept: dict[str, Any]) -> str:
    """Whom work on many people was about, as its row keeps it; what has no words any more has none.

    Nothing once they are forgotten.
    """
    try:
        return selector.describe(selector.from_json(kept))
    except (QueryRefused, SegmentRefused):
        return ""


def number(text: Any) -> int:
    """0 for what is none: nobody has it."""
    text = str(text)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0
