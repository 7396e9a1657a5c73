"""Questions about what we know of the person herself."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from newsletters.errors import SegmentRefused
from newsletters.ports import Question, Takes
from newsletters.selectors import segment_values


class Language:
    """The language she reads."""

    name = "language"
    label = gettext_lazy("Language")
    operators = {
        "is": Question(gettext_lazy("has the language …"), (Takes.CHOICE,)),
        "is_not": Question(gettext_lazy("does not have the language …"), (Takes.CHOICE,)),
        "one_of": Question(gettext_lazy("has one of the languages …"), (Takes.SEVERAL,)),
        "empty": Question(gettext_lazy("has no language noted")),
    }

    def choices(self) -> Sequence[tuple[str, str]]:
        """The languages there are."""
        return [(code, str(words)) for code, words in settings.LANGUAGES]

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """A comparison with the column; an unknown language is refused."""
        chosen = _offered(values, self.choices())
        found = Q(language="") if operator == "empty" else Q(language__in=chosen)
        return ~found if operator == "is_not" else found


class Country:
    """Where she lives."""

    name = "country"
    label = gettext_lazy("Place")
    operators = {
        "is": Question(gettext_lazy("lives in …"), (Takes.CHOICE,)),
        "is_not": Question(gettext_lazy("does not live in …"), (Takes.CHOICE,)),
        "one_of": Question(gettext_lazy("lives in one of …"), (Takes.SEVERAL,)),
        "empty": Question(gettext_lazy("has no country noted")),
    }

    def choices(self) -> Sequence[tuple[str, str]]:
        """Every country."""
        return [(code, str(words)) for code, words in countries]

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """A comparison with the column; an unknown country is refused."""
        chosen = _offered(values, self.choices())
        found = Q(country="") if operator == "empty" else Q(country__in=chosen)
        return ~found if operator == "is_not" else found


class Postcode:
    """Part of a country."""

    name = "postcode"
    label = gettext_lazy("Place")
    operators = {
        "begins": Question(gettext_lazy("has a postcode that begins with …"), (Takes.TEXT,)),
        "begins_not": Question(gettext_lazy("has no postcode that begins with …"), (Takes.TEXT,)),
        "empty": Question(gettext_lazy("has no postcode noted")),
    }

    def choices(self) -> Sequence[tuple[str, str]]:
        """None: it is typed."""
        return []

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """Capitals or not."""
        if operator == "empty":
            return Q(postcode="")
        found = Q(postcode__istartswith=values[0])
        return ~found if operator == "begins_not" else found


class Profile:
    """What we know of her at all, and since when."""

    name = "profile"
    label = gettext_lazy("Profile")
    operators = {
        "named": Question(gettext_lazy("has a name")),
        "nameless": Question(gettext_lazy("has no name")),
        "phone": Question(gettext_lazy("has a phone number")),
        "no_phone": Question(gettext_lazy("has no phone number")),
        "came_before": Question(gettext_lazy("came to us before …"), (Takes.DATE,)),
        "came_since": Question(gettext_lazy("came to us on … or later"), (Takes.DATE,)),
        "came_within": Question(gettext_lazy("came to us in the last … days"), (Takes.DAYS,)),
    }

    def choices(self) -> Sequence[tuple[str, str]]:
        """None."""
        return []

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """Days begin on the campaign's clock."""
        if operator in {"phone", "no_phone"}:
            return Q(phone="") if operator == "no_phone" else ~Q(phone="")
        if operator in {"named", "nameless"}:
            nameless = Q(given_name="", family_name="")
            return nameless if operator == "nameless" else ~nameless
        [value] = values
        if operator == "came_within":
            return Q(created_at__gte=segment_values.since(value))
        begin = segment_values.begin_of(value)
        return Q(created_at__lt=begin) if operator == "came_before" else Q(created_at__gte=begin)


def _offered(values: Sequence[Any], choices: Sequence[tuple[str, str]]) -> list[str]:
    if not set(values) <= {value for value, _words in choices}:
        raise SegmentRefused("value", _("Choose one of the values offered."))
    return list(values)


LANGUAGE = Language()
COUNTRY = Country()
POSTCODE = Postcode()
PROFILE = Profile()
