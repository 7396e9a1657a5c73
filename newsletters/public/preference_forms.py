"""The forms of a person's own page."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletters.addresses import Address
from newsletters.custom_fields import formfields
from newsletters.errors import PauseRefused
from newsletters.models import Contact, DigestFrequency, MailingList, Topic
from newsletters.public.forms import AddressField, ListsField, offer_languages, only_one
from newsletters.selectors import audience, custom_fields, lists
from newsletters.services import preferences


def preferences_wording() -> str:
    """The consent as it stands beside the boxes of a person's own page."""
    return _(
        "%(site)s writes to me about what is ticked here, from now on. "
        "I can take the tick away at any time."
    ) % {"site": settings.SITE_NAME}


class PreferencesForm(forms.Form):
    """What a person chooses. ``contact`` proved herself by the link that opened the page."""

    lists = ListsField(
        label=_("Lists"),
        queryset=MailingList.objects.none(),
        required=False,
        error_messages={
            "invalid_choice": _(
                "A list you ticked is no more. Look at the ones that are left, and save again."
            )
        },
    )
    topics = forms.ModelMultipleChoiceField(
        label=_("Topics of the digest"),
        queryset=Topic.objects.all(),
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
    paused_until = forms.DateField(
        label=_("Pause until"),
        required=False,
        help_text=_(
            "No letter and no digest comes before this day; then everything goes on by itself. "
            "Empty: no pause."
        ),
        error_messages={"invalid": _("Write the day as in 2027-03-01.")},
    )

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        """Shows how things stand."""
        super().__init__(*args, **kwargs)
        offered = cast("ListsField", self.fields["lists"])
        offered.queryset = lists.offered_to(contact)
        offered.help_text = preferences_wording()
        offer_languages(self.fields["language"], also=contact.language)
        self._open = custom_fields.open_to_people()
        self.fields.update(formfields.form_fields(self._open, contact.attributes))
        today = timezone.now().date()
        self.fields["paused_until"].widget = forms.DateInput(
            format="%Y-%m-%d",
            attrs={
                "type": "date",
                "min": today + timedelta(days=1),
                "max": today + preferences.LONGEST_PAUSE,
            },
        )
        self.initial = {
            "lists": lists.joined_by(contact),
            "topics": contact.topics.all(),
            "digest_frequency": contact.digest_frequency,
            "language": contact.language or settings.CONTENT_LANGUAGES[0],
            "paused_until": audience.pause_of(contact),
            **self.initial,
        }

    def own_fields(self) -> list[BoundField]:
        """What the campaign wants to know besides, where she may change it herself."""
        return [self[name] for name in self.fields if name.startswith(formfields.PREFIX)]

    def clean_paused_until(self) -> date | None:
        """A day that may be chosen, or none."""
        day: date | None = self.cleaned_data["paused_until"]
        try:
            return preferences.check_pause(day)
        except PauseRefused as error:
            raise forms.ValidationError(error.message, code=error.code) from None

    def choice(self, contact: Contact) -> preferences.Choice:
        """What was filled in, for the service."""
        given = self.cleaned_data
        return preferences.Choice(
            offered=list(lists.offered_to(contact)),
            wanted=list(given["lists"]),
            topics=list(given["topics"]),
            digest_frequency=given["digest_frequency"],
            language=given["language"],
            paused_until=given["paused_until"],
            attributes=formfields.said(self._open, given),
        )


class ForgetForm(forms.Form):
    """Which further rows of her mailbox go with the one whose link opened the page."""

    also = forms.TypedMultipleChoiceField(
        label=_("Your mailbox is here under other spellings too"),
        help_text=_("They are forgotten with you. Untick one if somebody else uses it."),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": _(
                "One of them is gone meanwhile. Look at the ones that are left. "
                "Nothing was forgotten yet."
            )
        },
    )

    def __init__(self, data: QueryDict | None, spellings: Sequence[Contact]) -> None:
        """All of ``spellings`` are ticked beforehand; no name is shown, only what she can read."""
        super().__init__(data, initial={"also": [row.pk for row in spellings]})
        field = cast("forms.TypedMultipleChoiceField", self.fields["also"])
        field.choices = [(row.pk, row.email) for row in spellings]


class NewAddressForm(forms.Form):
    """Where else a person wants her mail to go."""

    new_address = AddressField(
        label=_("New e-mail address"),
        help_text=_(
            "We mail a button to the new address. Until it is pressed, everything stays as it is."
        ),
    )

    def clean_new_address(self) -> Address:
        """Exactly one address, typed once."""
        return only_one(self, "new_address")
