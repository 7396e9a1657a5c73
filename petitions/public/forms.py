"""The form under a petition."""

import re
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from newsletters.addresses import Address
from newsletters.public.asking import AskingForm
from newsletters.public.trap import TrapForm
from petitions.models import Petition, PetitionText
from petitions.public.fields import AddressField, NameField

NAME_LIMIT = 200
COMMENT_LIMIT = 500
OUTDATED = gettext_lazy("This page was out of date. Nothing is lost: press the button once more.")
_SOURCE = re.compile(r"[\w.-]{1,60}", re.ASCII)


class SignForm(TrapForm, AskingForm):
    """Name, address, and what a signer may add. Any other field that is sent is not looked at."""

    name = NameField(label=gettext_lazy("Your name"), limit=NAME_LIMIT)
    email = AddressField(label=gettext_lazy("Your e-mail"))
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose a country from the list.")},
    )
    comment = forms.CharField(
        label=gettext_lazy("Why I sign"),
        required=False,
        max_length=COMMENT_LIMIT,
        help_text=gettext_lazy("Only our team reads this."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    is_public = forms.BooleanField(label=gettext_lazy("Show my name on this page"), required=False)
    wants_news = forms.BooleanField(required=False)
    # The version of the text she has before her eyes.
    text = forms.ModelChoiceField(
        queryset=PetitionText.objects.none(),
        widget=forms.HiddenInput,
        error_messages={"required": OUTDATED, "invalid_choice": OUTDATED},
    )
    source = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, petition: Petition, text: PetitionText, *args: Any, **kwargs: Any) -> None:
        """``text`` is the version shown on the page that carries the form."""
        super().__init__(*args, **kwargs)
        self.shown = text
        self.initial.setdefault("text", text.pk)
        texts = cast("forms.ModelChoiceField", self.fields["text"])
        texts.queryset = PetitionText.objects.filter(petition=petition)
        places = cast("forms.ChoiceField", self.fields["country"])
        places.choices = [("", _("Not said")), *countries]
        places.required = petition.needs_country
        if petition.news_list:
            self.fields["wants_news"].label = news_wording(petition)
        else:
            del self.fields["wants_news"]

    def clean_email(self) -> Address:
        """Ask once about a likely slip such as gmial.com."""
        address: Address = self.cleaned_data["email"]
        self.ask_about(address)
        return address

    def clean_source(self) -> str:
        """Where she came from, if it is a plain word; anything else says nothing."""
        given: str = self.cleaned_data["source"]
        return given if _SOURCE.fullmatch(given) else ""

    def clean(self) -> dict[str, Any]:
        """A field that is there twice could mean two things, so it means nothing."""
        if any(len(self.data.getlist(name)) > 1 for name in self.fields):  # type: ignore[attr-defined]  # a QueryDict
            raise forms.ValidationError(
                _("One of the fields was sent twice. Look through the form and press again.")
            )
        if "text" in self.errors:
            # She sees the version shown now, and signs that one with the next press.
            self._put("text", str(self.shown.pk))
        return self.cleaned_data

    def _put(self, name: str, value: str) -> None:
        self.data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        self.data[name] = value  # type: ignore[index]  # mutable since the copy


def news_wording(petition: Petition) -> str:
    """The words beside the box for news, exactly as they are kept with the consent."""
    return _("Mail me news: %(list)s. I can leave with one click in every mail.") % {
        "list": petition.news_list.name if petition.news_list else ""
    }
