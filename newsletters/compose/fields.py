"""The fields a text may use for the reader: one list for checks, preview and sending."""

from typing import NamedTuple, Protocol

from django.conf import settings
from django.urls import reverse
from django_countries import countries

from newsletters import tokens

PERSONAL = ("given_name", "family_name", "full_name", "language", "country", "postcode", "email")
LINKS = ("unsubscribe_url", "preferences_url")
KNOWN = PERSONAL + LINKS


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


class LinkMaker:
    """Makes a reader's own links; the fixed beginnings are worked out once."""

    def __init__(self) -> None:
        probe = "x" * 48
        self._leave = _before_token(reverse("newsletters:unsubscribe", args=[probe]), probe)
        self._prefer = _before_token(reverse("newsletters:preferences", args=[probe]), probe)

    def unsubscribe(self, reader: Reader) -> str:
        """The address of RFC 8058's one click, and of the page with one button."""
        contact = reader.contact.pk if reader.contact else 0
        return (
            self._leave
            + tokens.seal(tokens.UNSUBSCRIBE, reader.delivery, contact, reader.list_id)
            + "/"
        )

    def preferences(self, reader: Reader) -> str:
        """The reader's own page; nobody's page when the reader is not a contact."""
        return (
            self._prefer
            + tokens.seal(
                tokens.PREFERENCES, reader.contact.pk if reader.contact else 0, 0, reader.stamp
            )
            + "/"
        )


def values(reader: Reader, links: LinkMaker) -> dict[str, str]:
    """Every known field of this reader as text; what is not known is empty."""
    person = reader.contact
    found = dict.fromkeys(PERSONAL, "")
    if person is not None:
        found.update(
            given_name=person.given_name,
            family_name=person.family_name,
            full_name=f"{person.given_name} {person.family_name}".strip(),
            language=person.language,
            country=str(countries.name(str(person.country))),
            postcode=person.postcode,
            email=person.email,
        )
    found["unsubscribe_url"] = links.unsubscribe(reader)
    found["preferences_url"] = links.preferences(reader)
    return found


def _before_token(path: str, probe: str) -> str:
    return settings.SITE_URL + path[: path.index(probe)]
