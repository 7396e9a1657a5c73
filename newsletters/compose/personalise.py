"""Placeholders in what staff type: found out while typing, with the field that was meant."""

import difflib
import re

from django.utils.translation import gettext as _

from newsletters.compose import liquid
from newsletters.compose.fields import KNOWN
from newsletters.compose.slots import PLACEHOLDER
from newsletters.errors import TextRefused

# What other programs call the same things.
OTHER_NAMES = {
    "first_name": "given_name",
    "firstname": "given_name",
    "fname": "given_name",
    "forename": "given_name",
    "vorname": "given_name",
    "last_name": "family_name",
    "lastname": "family_name",
    "lname": "family_name",
    "surname": "family_name",
    "nachname": "family_name",
    "name": "full_name",
    "mail": "email",
    "email_address": "email",
    "zip": "postcode",
    "zip_code": "postcode",
    "postal_code": "postcode",
    "unsubscribe": "unsubscribe_url",
    "unsubscribe_link": "unsubscribe_url",
    "preferences": "preferences_url",
}
NAME = re.compile(r"[\w.\-]+")


def problems(text: str) -> list[str]:
    """One sentence for everything in ``text`` that could not be filled in for a reader."""
    found = [sentence for match in PLACEHOLDER.finditer(text) if (sentence := _objection(match[1]))]
    if found or ("{{" not in text and "{%" not in text):
        return found
    try:
        liquid.parse(text, escape_html=False)
    except TextRefused as error:
        return [
            _("The text between {{ and }} or {%% and %%} cannot be read: %(why)s") % {"why": error}
        ]
    return []


def nearest(name: str) -> str | None:
    """The known field that ``name`` most likely means, or None."""
    lowered = name.lower()
    if lowered in OTHER_NAMES:
        return OTHER_NAMES[lowered]
    close = difflib.get_close_matches(lowered, KNOWN, n=1, cutoff=0.6)
    return close[0] if close else None


def _objection(expression: str) -> str:
    start = NAME.match(expression)
    name = start[0] if start else expression.strip()
    if name in KNOWN:
        return ""
    meant = nearest(name)
    if meant:
        return _("{{ %(name)s }} is not a field. Did you mean {{ %(meant)s }}?") % {
            "name": name[:60],
            "meant": meant,
        }
    return _("{{ %(name)s }} is not a field. There are: %(known)s.") % {
        "name": name[:60],
        "known": ", ".join(KNOWN),
    }
