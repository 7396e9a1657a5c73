"""Forms of the public pages."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from newsletters import addresses, names
from newsletters.addresses import Address
from newsletters.addresses.receiving import parse_reachable
from newsletters.errors import AddressError, NameRefused
from newsletters.models import MailingList
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


class ListsField(forms.ModelMultipleChoiceField):
    """Lists as boxes to tick, each with what one gets."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: MailingList) -> str:
        """Name and description on one line."""
        return f"{obj.name}: {obj.description}" if obj.description else obj.name


class AddressField(forms.CharField):
    """An e-mail address, typed by its owner; its cleaned value is an Address."""

    def __init__(self, **kwargs: Any) -> None:
        """Long enough for the sentence about its length to be ours."""
        attrs = {
            "inputmode": "email",
            "autocomplete": "email",
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        super().__init__(
            max_length=MAX_TYPED,
            error_messages=addresses.OF_A_FIELD,
            widget=forms.TextInput(attrs=attrs),
            **kwargs,
        )

    def clean(self, value: Any) -> Address:
        """Exactly one address."""
        try:
            return parse_reachable(super().clean(value))
        except AddressError as error:
            raise forms.ValidationError(error.message, code=error.code) from None


def only_one(form: forms.Form, name: str) -> Address:
    """The address in field ``name``, refused when the form carried two of them."""
    if isinstance(form.data, QueryDict) and len(form.data.getlist(name)) > 1:
        raise forms.ValidationError(addresses.SENTENCES["several"])
    found: Address = form.cleaned_data[name]
    return found


class SubscribeForm(TrapForm):
    """The sign-up form."""

    email = AddressField(label=_("Your e-mail address"))
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
        offer_languages(self.fields["language"])
        self.initial.setdefault("language", get_language())

    def clean_email(self) -> Address:
        """Exactly one address, typed once."""
        return only_one(self, "email")

    def clean_name(self) -> str:
        """A name or nothing."""
        if not self.cleaned_data["name"]:
            return ""
        try:
            return names.clean_name(self.cleaned_data["name"])
        except NameRefused as error:
            raise forms.ValidationError(error.message, code=error.code) from None


def offer_languages(untyped: forms.Field, also: str = "") -> None:
    """Give ``untyped`` the languages we write in, and ``also``; hidden when there is no choice."""
    field = cast("forms.ChoiceField", untyped)
    offered = [*settings.CONTENT_LANGUAGES]
    if also and also not in offered:
        offered.append(also)
    known = dict(settings.LANGUAGES)
    field.choices = [(code, known.get(code, code)) for code in offered]
    if len(offered) == 1:
        field.widget = forms.HiddenInput()
