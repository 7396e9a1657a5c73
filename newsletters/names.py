"""Names as people write them: any script, any length that fits, nothing that acts as a link.

Names are shown as text and escaped where they are shown, so odd ones are
welcome: <script>, null and O’Brien are names like any other. Words are never
refused for what they might mean: Win is a Burmese name.
"""

import itertools
import re
import unicodedata

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from newsletters.errors import LineRefused, NameRefused

NAME_LIMIT = 60

_JOINERS = "\u200c\u200d"
# Letters that show nothing, and a mark that only glues.
_BLANK = "\u115f\u1160\u3164\uffa0\u034f"
_DROPPED = {"Cc", "Cf", "Co"}
# Letters, marks, pictures and the colours of skin.
_JOINED = {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "So", "Sk"}
# Tibetan and pointed Hebrew stack three or four marks, Zalgo dozens.
_MAX_MARKS = 4
# A number is dialled from six digits on; no name has as many.
_MAX_DIGITS = 5
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
_ENDINGS = "app|biz|click|cn|com|dev|info|io|link|live|net|online|org|ru|shop|site|tk|top|xyz"
_WEB = re.compile(rf"://|\bwww\.|[^\W_]{{2,}}\.(?:{_ENDINGS})(?![^\W_])|\S@\S", re.IGNORECASE)
# Nearly every name: letters that nothing has to be done to, one sign between two of them.
_LETTER = "[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f\u0400-\u0481\u048a-\u04ff]"
_PLAIN = re.compile(rf"{_LETTER}++(?:[ '\u2019-]{_LETTER}++)*+")
_WORDS = re.compile(r"[^\W_]+")
_MANY_LINES = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

# Embeddings, overrides and isolates (UAX 9 section 2). The marks U+200E and U+200F are none:
# subjects in Hebrew, Arabic or Persian need them, and they turn no letter around.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")

_SENTENCES: dict[str, str | Promise] = {
    "hidden": _("There is a character here that cannot be shown; type the name by hand."),
    "long": _("This is longer than a name can be here; shorten it."),
    "empty": _("Write a name with at least one letter."),
    "marks": _("There are too many accents on one letter; write the name more plainly."),
    "web": _("A name cannot hold a web or e-mail address; write only the name."),
    "phone": _("A name cannot hold a telephone number; write only the name."),
}


def likeness(name: str, postcode: str) -> str:
    """A text that people of the same name and postcode share; empty where there is too little.

    Neither case, spaces, signs nor the order of the names count. One word is no full name.
    """
    words = sorted(_WORDS.findall(unicodedata.normalize("NFKC", name).casefold()))
    code = "".join(_WORDS.findall(unicodedata.normalize("NFKC", postcode).casefold()))
    return f"{' '.join(words)}\n{code}" if len(words) > 1 and code else ""


def clean_name(text: str, *, limit: int = NAME_LIMIT) -> str:
    """The name in NFC on one line, without anything invisible. Cleaning it again changes nothing.

    Raises NameRefused when nothing readable is left, when it is longer than
    ``limit`` characters, or when it is a web address, an e-mail address or a
    telephone number.
    """
    if len(text) <= limit and _PLAIN.fullmatch(text):
        return text
    if _UNUSABLE.search(text):
        raise _refusal("hidden")
    # Before any work on it: decomposed letters shrink, but not fourfold.
    if len(text) > 4 * limit:
        raise _refusal("long")
    name = _visible(text)
    code = _objection(name, limit)
    if code:
        raise _refusal(code)
    return name


def one_line(text: str) -> str:
    """The text unchanged, if it may stand in one header of a mail. Raises LineRefused otherwise.

    Refused are CR, LF, NUL, every other C0 and C1 control, U+2028, U+2029
    (RFC 5322 section 2.2; what splits a line for anyone splits it for us) and
    lone surrogates, which no mail can carry.
    """
    if _MANY_LINES.search(text):
        raise LineRefused
    return text


def straight(text: str) -> str:
    """The text without what turns letters around for who reads it, and without spaces at its ends.

    Nothing else is taken; doing it again changes nothing. For what is typed and
    kept: a mail that is queued goes out as it was written.
    """
    return _TURNING.sub("", text).strip()


def name_line(text: str) -> str:
    """A name in a mail's head or of a thing: without anything invisible, as ``clean_name`` does.

    Nothing is left of marks that only turn the letters around. Any signs and any
    length will do, even nothing. Raises LineRefused as ``one_line``.
    """
    return _visible(one_line(text))


def _refusal(code: str) -> NameRefused:
    return NameRefused(code, _SENTENCES[code])


def _visible(text: str) -> str:
    spaced = " ".join(text.split())
    kept = "".join(char for char in spaced if not _is_invisible(char))
    # A mark at the start would sit on whatever stands before the name.
    start = next((at for at, char in enumerate(kept) if not _leans(char)), len(kept))
    name, before = kept[start:], ""
    # Without a joiner marks may change places, and stand beside the next joiner.
    while name != before:
        before, name = name, _drop_joiners(unicodedata.normalize("NFC", name))
    return " ".join(name.split())


def _drop_joiners(text: str) -> str:
    single = re.sub(rf"([{_JOINERS}])[{_JOINERS}]+", r"\1", text)
    return re.sub(rf"[{_JOINERS}]", _meant_joiner, single)


def _is_invisible(char: str) -> bool:
    return char in _BLANK or (unicodedata.category(char) in _DROPPED and char not in _JOINERS)


def _leans(char: str) -> bool:
    return _is_mark(char) or char in _JOINERS or char.isspace()


def _meant_joiner(match: re.Match[str]) -> str:
    """Sinhala, Persian and others need the joiners inside words, and so do pictures made of
    several; elsewhere they only hide."""
    before = match.string[: match.start()][-1:]
    after = match.string[match.end() :][:1]
    return match[0] if _is_joined(before) and _is_joined(after) else ""


def _is_joined(char: str) -> bool:
    return char > "\u058f" and unicodedata.category(char) in _JOINED


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


def _objection(name: str, limit: int) -> str:
    if len(name) > limit:
        return "long"
    if not any(unicodedata.category(char)[0] in "LN" for char in name):
        return "empty"
    if any(
        marks and len(list(run)) > _MAX_MARKS for marks, run in itertools.groupby(name, _is_mark)
    ):
        return "marks"
    if _WEB.search(name):
        return "web"
    if sum(char.isdigit() for char in name) > _MAX_DIGITS:
        return "phone"
    return ""
