"""The fields a text may use for the reader: one list for checks, preview and sending."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django_countries import countries

from newsletters import tokens
from newsletters.models import Contact

PERSONAL = ("given_name", "family_name", "full_name", "language", "country", "postcode", "email")
LINKS = ("unsubscribe_url", "preferences_url")
KNOWN = PERSONAL + LINKS


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom one mail is made for."""

    delivery: int
    contact: Contact | None
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
            full_name=person.full_name,
            language=person.language,
            country=str(countries.name(person.country)),
            postcode=person.postcode,
            email=person.email,
        )
    found["unsubscribe_url"] = links.unsubscribe(reader)
    found["preferences_url"] = links.preferences(reader)
    return found


def _before_token(path: str, probe: str) -> str:
    return settings.SITE_URL + path[: path.index(probe)]
