"""Forms about one person."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from newsletters import addresses, local_times, names
from newsletters.addresses import Address
from newsletters.addresses.receiving import parse_reachable
from newsletters.custom_fields import Field
from newsletters.custom_fields.formfields import form_fields, said
from newsletters.errors import AddressError, NameRefused
from newsletters.imports.columns import BY_NAME, MAX_TAGS, NAME_LIMIT, PROFILE, read_tags
from newsletters.models import Contact, MailingList
from newsletters.public.asking import AskingForm
from newsletters.selectors import lists
from newsletters.services.contacts import Details

MAX_TYPED = 1000
ADDRESS_INPUT = forms.TextInput(
    attrs={
        "inputmode": "email",
        "autocomplete": "off",
        "autocapitalize": "none",
        "spellcheck": "false",
    }
)


class PersonForm(forms.Form):
    """What staff may write about a person: the profile, tags, and the campaign's own fields."""

    given_name = forms.CharField(label=_("Given name"), required=False, max_length=MAX_TYPED)
    family_name = forms.CharField(label=_("Family name"), required=False, max_length=MAX_TYPED)
    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)
    postcode = forms.CharField(label=_("Postcode"), required=False, max_length=MAX_TYPED)
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=MAX_TYPED,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=4 * MAX_TYPED,
        help_text=_("With commas between them. A word that is no tag yet becomes one."),
    )
    # What the page showed when it was opened: whoever saves second is told.
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, contact: Contact, fields: list[Field], **kwargs: Any) -> None:
        """Shows how things stand."""
        super().__init__(*args, **kwargs)
        self._own = fields
        self.fields |= form_fields(fields, contact.attributes)
        self.order_fields([*PROFILE, *(name for name in self.fields if name.startswith("field_"))])
        unknown = ("", _("not known"))
        _offer(self, "language", [unknown, *settings.LANGUAGES], contact.language)
        _offer(self, "time_zone", [unknown, *local_times.offered()], contact.time_zone)
        _offer(self, "country", [unknown, *countries], str(contact.country))
        self.initial = {
            **{name: str(getattr(contact, name)) for name in PROFILE},
            "tags": ", ".join(tag.name for tag in contact.tags.all()),
            "seen": contact.updated_at.isoformat(),
            **self.initial,
        }

    def clean_given_name(self) -> str:
        """A name or nothing."""
        return _name(self.cleaned_data["given_name"])

    def clean_family_name(self) -> str:
        """A name or nothing."""
        return _name(self.cleaned_data["family_name"])

    def clean_postcode(self) -> str:
        """Letters, digits, spaces and hyphens."""
        return _cell(
            "postcode",
            self.cleaned_data["postcode"],
            _("A postcode has letters and digits only, at most 20."),
        )

    def clean_phone(self) -> str:
        """Digits and what people write between them."""
        return _cell(
            "phone",
            self.cleaned_data["phone"],
            _("Write the number in digits, like +43 1 555 01 23."),
        )

    def clean_tags(self) -> tuple[str, ...]:
        """Words, each once."""
        words = read_tags(self.cleaned_data["tags"])
        if len(words) >= MAX_TAGS:
            raise forms.ValidationError(
                _("One person can have %(most)s tags at most; take some away."),
                params={"most": MAX_TAGS - 1},
            )
        if any(not word.isprintable() for word in words):
            raise forms.ValidationError(_("There is a character here that cannot be seen."))
        return tuple(words)

    def clean_seen(self) -> datetime:
        """The moment of the last change before the page was opened."""
        try:
            seen = parse_datetime(self.cleaned_data["seen"])
        except ValueError:
            seen = None
        if seen is None or seen.tzinfo is None:
            raise forms.ValidationError(_("Open the page again: it does not say what it showed."))
        return seen

    def details(self) -> Details:
        """What was written, for the service."""
        return Details(
            **{name: self.cleaned_data[name] for name in PROFILE},
            attributes=said(self._own, self.cleaned_data),
            tags=self.cleaned_data["tags"],
        )

    def differences(self, contact: Contact) -> list[tuple[str, str]]:
        """What is saved now and differs from what was typed, as (label, value)."""
        now = PersonForm(contact=contact, fields=self._own)
        return [
            (str(field.label), _joined(now[name].initial))
            for name, field in now.fields.items()
            if name != "seen" and _joined(now[name].initial) != _joined(self[name].value())
        ]

    def show_as_of(self, seen: datetime) -> None:
        """Keep what was typed; the next press overwrites what was saved up to ``seen``."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        data["seen"] = seen.isoformat()
        self.data = data


class AddressForm(AskingForm):
    """One more address of a person, or the one we write to from now on."""

    email = forms.CharField(
        label=_("E-mail address"),
        max_length=MAX_TYPED,
        error_messages=addresses.OF_A_FIELD,
        widget=ADDRESS_INPUT,
    )
    use = forms.ChoiceField(
        label=_("What is it for?"),
        choices=[
            ("first", _("Write to this one from now on; the old one stays a further address")),
            ("other", _("Only find this person by it, too; nothing is sent there")),
        ],
        widget=forms.RadioSelect,
        initial="first",
    )

    def clean_email(self) -> Address:
        """Exactly one address; a likely slip such as gmial.com is asked about once."""
        try:
            address = parse_reachable(self.cleaned_data["email"])
        except AddressError as error:
            raise forms.ValidationError(error.message, code=error.code) from None
        self.ask_about(address)
        return address


class NoteForm(forms.Form):
    """A note about a person."""

    text = forms.CharField(
        label=_("Note"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("She can ask to read it. Write it so that she may."),
        error_messages={"required": _("Write the note first.")},
    )


class TakeOffForm(forms.Form):
    """Which list a person is taken off."""

    mailing_list = forms.ModelChoiceField(
        label=_("List"), queryset=MailingList.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        """Offers the lists she is on."""
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField", self.fields["mailing_list"])
        field.queryset = lists.joined_by(contact)


class BlockForm(forms.Form):
    """Why nothing at all goes to an address any more."""

    reason = forms.CharField(
        label=_("Why?"),
        max_length=200,
        help_text=_("For whoever looks at this page later. No names of others, please."),
        error_messages={"required": _("Say why in a few words. Nothing is blocked yet.")},
    )


def _offer(form: forms.Form, name: str, choices: list[Any], kept: str) -> None:
    if kept and kept not in {code for code, _words in choices}:
        choices = [*choices, (kept, kept)]
    cast("forms.ChoiceField", form.fields[name]).choices = choices


def _joined(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value or "")


def _name(text: str) -> str:
    if not text:
        return ""
    try:
        return names.clean_name(text, limit=NAME_LIMIT)
    except NameRefused as error:
        raise forms.ValidationError(error.message, code=error.code) from None


def _cell(column: str, text: str, sentence: Any) -> str:
    """As an import reads it; but a person is told where a sheet is only warned."""
    value = BY_NAME[column].clean(text).value if text else ""
    if text and not value:
        raise forms.ValidationError(sentence)
    return value
