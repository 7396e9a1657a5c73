"""The fields a text may use for the reader: one list for checks, preview and sending."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from django.conf import settings
from django.urls import reverse
from django_countries import countries

from newsletters import tokens

PERSONAL = ("given_name", "family_name", "full_name", "language", "country", "postcode", "email")
LINKS = ("unsubscribe_url", "preferences_url")
KNOWN = PERSONAL + LINKS
# Slots of a frozen text that is counted: the picture, and each link by its number.
OPEN_URL = "open_url"
COUNTED = re.compile(rf"{OPEN_URL}|click_[1-9][0-9]{{0,17}}")


class Person(Protocol):
    """What a text may know of somebody: a Contact has it, and so has the row of a claim."""

    @property
    def pk(self) -> int:
        """The contact's id."""

    @property
    def given_name(self) -> str:
        """As she wants to be called."""

    @property
    def family_name(self) -> str:
        """May be empty."""

    @property
    def language(self) -> str:
        """The language she chose."""

    @property
    def country(self) -> object:
        """Its two letters, or django-countries' object of them."""

    @property
    def postcode(self) -> str:
        """As she typed it."""

    @property
    def email(self) -> str:
        """Her canonical address."""


class Somebody(NamedTuple):
    """A Person as it comes from the rows of a claim: no model instance for each mail."""

    pk: int
    given_name: str
    family_name: str
    language: str
    country: str
    postcode: str
    email: str


class Reader(NamedTuple):
    """Whom one mail is made for."""

    delivery: int
    contact: Person | None
    list_id: int = 0
    # The hour her links were made: that of the mail's Date, so that a resend is the same bytes.
    stamp: int | None = None


Getter = Callable[[Reader, "LinkMaker"], str]


class LinkMaker:
    """Makes a reader's own links; the fixed beginnings are worked out once."""

    def __init__(self) -> None:
        probe = "x" * 48
        self._leave = _before_token(reverse("newsletters:unsubscribe", args=[probe]), probe)
        self._prefer = _before_token(reverse("newsletters:preferences", args=[probe]), probe)
        self._click = _before_token(reverse("newsletters:follow", args=[probe]), probe)
        self._open = _before_token(reverse("newsletters:opened", args=[probe]), probe)
        self._leave_sealer = tokens.Sealer(tokens.UNSUBSCRIBE)
        self._prefer_sealer = tokens.Sealer(tokens.PREFERENCES)
        self._click_sealer = tokens.Sealer(tokens.CLICKED)
        self._open_sealer = tokens.Sealer(tokens.OPENED)
        self._last: tuple[Reader | None, str] = (None, "")

    def unsubscribe(self, reader: Reader) -> str:
        """The address of RFC 8058's one click, and of the page with one button."""
        # Asked for twice for each mail: its head and its text.
        if self._last[0] is not reader:
            person = reader.contact.pk if reader.contact else 0
            token = self._leave_sealer.seal(reader.delivery, person, reader.list_id)
            self._last = (reader, f"{self._leave}{token.decode('ascii')}/")
        return self._last[1]

    def preferences(self, reader: Reader) -> str:
        """The reader's own page; nobody's page when the reader is not a contact."""
        person = reader.contact.pk if reader.contact else 0
        stamp = tokens.this_hour() if reader.stamp is None else reader.stamp
        return f"{self._prefer}{self._prefer_sealer.seal(person, 0, stamp).decode('ascii')}/"

    def click(self, reader: Reader, link: int) -> str:
        """Leads to the address of a TrackedLink, and says whose mail it was. Works for good."""
        token = self._click_sealer.seal(reader.delivery, link, 0)
        return f"{self._click}{token.decode('ascii')}/"

    def opened(self, reader: Reader) -> str:
        """The picture that says whose mail it is in."""
        token = self._open_sealer.seal(reader.delivery, 0, 0)
        return f"{self._open}{token.decode('ascii')}.gif"


def _before_token(path: str, probe: str) -> str:
    return settings.SITE_URL + path[: path.index(probe)]


def _of_person(get: Callable[[Person], str]) -> Getter:
    """Empty for a reader who is nobody (any more)."""
    return lambda reader, _links: get(reader.contact) if reader.contact else ""


# Name of a field → what it says for one reader. Only what a text uses is asked for.
GETTERS: dict[str, Getter] = {
    "given_name": _of_person(lambda person: person.given_name),
    "family_name": _of_person(lambda person: person.family_name),
    "full_name": _of_person(lambda person: f"{person.given_name} {person.family_name}".strip()),
    "language": _of_person(lambda person: person.language),
    "country": _of_person(lambda person: str(countries.name(str(person.country)))),
    "postcode": _of_person(lambda person: person.postcode),
    "email": _of_person(lambda person: person.email),
    "unsubscribe_url": lambda reader, links: links.unsubscribe(reader),
    "preferences_url": lambda reader, links: links.preferences(reader),
}


def is_slot(name: str) -> bool:
    """True for what a frozen text may hold: a field of the reader, or what is counted."""
    return name in KNOWN or COUNTED.fullmatch(name) is not None


def getter(name: str) -> Getter:
    """What fills a slot in. ``is_slot(name)`` is true."""
    if name == OPEN_URL:
        return lambda reader, links: links.opened(reader)
    if name in GETTERS:
        return GETTERS[name]
    number = int(name.removeprefix("click_"))
    return lambda reader, links: links.click(reader, number)


def values(
    reader: Reader, links: LinkMaker, getters: Mapping[str, Getter] = GETTERS
) -> dict[str, str]:
    """Every field of ``getters`` for this reader as text; what is not known is empty."""
    return {name: get(reader, links) for name, get in getters.items()}
