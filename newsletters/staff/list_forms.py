"""The form about a list."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newsletters.models import MailingList
from newsletters.services.lists import Details
from newsletters.staff.fields import AddressField, LineField

NAME_LENGTH = 120
WORDS_LENGTH = 3000
WORDS = "welcome_"


class ListForm(forms.Form):
    """A list as staff describe it; a field ``welcome_de`` for each language."""

    name = LineField(
        label=_("Name"),
        max_length=NAME_LENGTH,
        error_messages={"required": _("Give the list a name; people read it beside the box.")},
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=1000,
        help_text=_("What a person gets, and how often. Stands beside the box she ticks."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_public = forms.BooleanField(
        label=_("Public"),
        required=False,
        help_text=_("Anybody can join on the sign-up page. Otherwise only imports lead here."),
    )
    is_sensitive = forms.BooleanField(
        label=_("Sensitive"),
        required=False,
        help_text=_(
            "Opens and clicks can never be counted, and a person's own page shows it only "
            "when she is on it."
        ),
    )
    double_opt_in = forms.BooleanField(
        label=_("Ask people to confirm"),
        required=False,
        help_text=_(
            "Whoever signs up gets a mail with a button first; in many countries the law wants "
            "that. Without it, a new address is on the list at once, and a mail says so and how "
            "to leave with one press. Who left before is always asked."
        ),
    )
    sends_welcome = forms.BooleanField(
        label=_("Send a welcome mail"),
        required=False,
        help_text=_("Once, right after a person has confirmed."),
    )
    sender_name = LineField(
        label=_("Sender's name"),
        required=False,
        max_length=NAME_LENGTH,
        help_text=_("As readers see it in the mailbox. Empty: the name of the site."),
    )
    sender_email = AddressField(
        label=_("Sender's address"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    postal_address = forms.CharField(
        label=_("Postal address"),
        required=False,
        max_length=500,
        help_text=_("Stands under each mail of this list. Empty: the campaign's own."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offers own words in each language we write in, and in those that have some already."""
        super().__init__(*args, **kwargs)
        self.fields["sender_email"].help_text = gettext(
            "At a domain of ours. Empty: %(address)s."
        ) % {"address": settings.MAIL_FROM}
        kept = self.initial.get("welcome_texts") or {}
        known = dict(settings.LANGUAGES)
        for code in dict.fromkeys([*settings.CONTENT_LANGUAGES, *kept]):
            self.fields[WORDS + code] = forms.CharField(
                label=gettext("Own words of the welcome mail: %(language)s")
                % {"language": known.get(code, code)},
                required=False,
                max_length=WORDS_LENGTH,
                help_text=_("Plain text; an empty line begins a new paragraph."),
                widget=forms.Textarea(attrs={"rows": 4, "lang": code}),
            )
            self.initial.setdefault(WORDS + code, kept.get(code, ""))

    @staticmethod
    def initial_of(mailing_list: MailingList) -> dict[str, Any]:
        """The form's values for an existing list."""
        return {name: getattr(mailing_list, name) for name in Details.__dataclass_fields__}

    def welcomes(self) -> Iterator[BoundField]:
        """The fields for the words of the welcome mail."""
        return (self[name] for name in self.fields if name.startswith(WORDS))

    def details(self) -> Details:
        """What was filled in, for the service."""
        given = self.cleaned_data
        kept = {name: given[name] for name in Details.__dataclass_fields__ if name in given}
        words = {
            name.removeprefix(WORDS): text
            for name, text in given.items()
            if name.startswith(WORDS) and text
        }
        return Details(**kept, welcome_texts=words)
