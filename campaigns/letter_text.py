"""The words of a letter: put together, checked, and turned into a mailto link. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from django.utils import translation
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django_countries import countries

from campaigns.errors import LetterRefused

MIDDLE_MIN = 60
MIDDLE_MAX = 5000
# Mail programs and browsers cut longer links without a word.
MAILTO_MAX = 1800
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029\x0b\x0c]")


@dataclass(frozen=True)
class Signer:
    """Who signs: name, town and country code as they stand under the letter."""

    name: str
    town: str = ""
    country: str = ""


def clean_middle(text: str) -> str:
    """The supporter's own text with plain line ends and no blank edges.

    Raises LetterRefused when it holds characters nobody can see, or is shorter
    than MIDDLE_MIN or longer than MIDDLE_MAX characters.
    """
    middle = "\n".join(line.rstrip() for line in _LINE_ENDS.sub("\n", text).split("\n")).strip()
    if _ODD.search(middle):
        raise LetterRefused(
            "hidden",
            _("There is a character here that cannot be shown; type that part by hand."),
        )
    if len(middle) < MIDDLE_MIN:
        raise LetterRefused(
            "short",
            _("Say a little more: the letter needs at least %(limit)d characters.")
            % {"limit": MIDDLE_MIN},
        )
    if len(middle) > MIDDLE_MAX:
        raise LetterRefused(
            "long",
            _("This is too long to be read: keep it under %(limit)d characters.")
            % {"limit": MIDDLE_MAX},
        )
    return middle


def put_together(*, salutation: str, middle: str, foot: str, signer: Signer, language: str) -> str:
    """The whole letter as it is sent: salutation, text, closing and who signs, in ``language``."""
    with translation.override(language):
        country = str(countries.name(signer.country)) if signer.country else ""
    place = ", ".join(part for part in (signer.town, country) if part)
    signature = "\n".join(part for part in (foot, signer.name, place) if part)
    return f"{salutation}\n\n{middle}\n\n{signature}\n"


def direction(language: str) -> str:
    """ "rtl" or "ltr"."""
    try:
        return "rtl" if get_language_info(language)["bidi"] else "ltr"
    except KeyError:
        return "ltr"


def mailto(*, address: str, subject: str, text: str) -> str:
    """A link that opens the letter in a mail program (RFC 6068).

    Without the text when the link would be longer than MAILTO_MAX: then the
    text has to be copied.
    """
    whole = f"{_mailto_head(address, subject)}&body={_escaped(text)}"
    return whole if len(whole) <= MAILTO_MAX else _mailto_head(address, subject)


def _mailto_head(address: str, subject: str) -> str:
    return f"mailto:{quote(address, safe='@')}?subject={_escaped(subject)}"


def _escaped(text: str) -> str:
    # Line ends inside a body are CRLF there (RFC 6068 section 5).
    return quote(text.replace("\n", "\r\n"), safe="")
