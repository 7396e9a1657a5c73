"""Forms of the public pages."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from newsletters import addresses, names
from newsletters.addresses import Address
from newsletters.errors import AddressError, NameRefused
from newsletters.models import Contact, DigestFrequency, MailingList, Topic
from newsletters.public.trap import TrapForm
from newsletters.selectors import lists

# Longer than any address, so that the sentence about its length is ours.
MAX_TYPED = 1000


def sign_up_wording() -> str:
    """The consent as it stands beside the boxes of the sign-up form."""
    return _(
        "I agree that %(site)s writes to me about what is ticked here. "
        "Every letter lets me leave with one press."
    ) % {"site": settings.SITE_NAME}


def preferences_wording() -> str:
    """The consent as it stands beside the boxes of a person's own page."""
    return _(
        "%(site)s writes to me about what is ticked here, from now on. "
        "I can take the tick away at any time."
    ) % {"site": settings.SITE_NAME}


class ListsField(forms.ModelMultipleChoiceField):
    """Lists as boxes to tick, each with what one gets."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: MailingList) -> str:
        """Name and description on one line."""
        return f"{obj.name}: {obj.description}" if obj.description else obj.name


class SubscribeForm(TrapForm):
    """The sign-up form."""

    email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=MAX_TYPED,
        error_messages={"required": addresses.SENTENCES["empty"]},
        widget=forms.TextInput(
            attrs={
                "inputmode": "email",
                "autocomplete": "email",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )
    name = forms.CharField(
        label=_("Your name"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    lists = ListsField(
        label=_("What may we send you?"),
        queryset=MailingList.objects.none(),
        error_messages={"required": _("Tick at least one list.")},
    )
    language = forms.ChoiceField(label=_("Language"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offers the public lists; the only one is ticked already."""
        super().__init__(*args, **kwargs)
        offered = cast("ListsField", self.fields["lists"])
        offered.queryset = lists.public()
        offered.help_text = sign_up_wording()
        only = list(offered.queryset[:2])
        if len(only) == 1:
            self.initial.setdefault("lists", only)
        _offer_languages(self.fields["language"])
        self.initial.setdefault("language", get_language())

    def clean_email(self) -> Address:
        """Exactly one address, typed once."""
        if isinstance(self.data, QueryDict) and len(self.data.getlist("email")) > 1:
            raise forms.ValidationError(addresses.SENTENCES["several"])
        try:
            return addresses.parse(self.cleaned_data["email"])
        except AddressError as error:
            raise forms.ValidationError(error.message, code=error.code) from None

    def clean_name(self) -> str:
        """A name or nothing."""
        if not self.cleaned_data["name"]:
            return ""
        try:
            return names.clean_name(self.cleaned_data["name"])
        except NameRefused as error:
            raise forms.ValidationError(error.message, code=error.code) from None


class PreferencesForm(forms.Form):
    """A person's own page. ``contact`` proved herself by the link that opened it."""

    lists = ListsField(label=_("Lists"), queryset=MailingList.objects.none(), required=False)
    topics = forms.ModelMultipleChoiceField(
        label=_("Topics of the digest"),
        queryset=Topic.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick none to get all of them."),
    )
    digest_frequency = forms.ChoiceField(
        label=_("How often may the digest come?"),
        choices=DigestFrequency.choices,
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(label=_("Language"))

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        """Shows how things stand."""
        super().__init__(*args, **kwargs)
        offered = cast("ListsField", self.fields["lists"])
        offered.queryset = lists.offered_to(contact)
        offered.help_text = preferences_wording()
        cast("forms.ModelMultipleChoiceField", self.fields["topics"]).queryset = Topic.objects.all()
        _offer_languages(self.fields["language"], also=contact.language)
        self.initial = {
            "lists": lists.joined_by(contact),
            "topics": contact.topics.all(),
            "digest_frequency": contact.digest_frequency,
            "language": contact.language or settings.CONTENT_LANGUAGES[0],
            **self.initial,
        }


def _offer_languages(untyped: forms.Field, also: str = "") -> None:
    field = cast("forms.ChoiceField", untyped)
    offered = [*settings.CONTENT_LANGUAGES]
    if also and also not in offered:
        offered.append(also)
    known = dict(settings.LANGUAGES)
    field.choices = [(code, known.get(code, code)) for code in offered]
    if len(offered) == 1:
        field.widget = forms.HiddenInput()
