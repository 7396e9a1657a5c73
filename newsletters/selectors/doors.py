"""The doors of the consent ledger in words: it keeps short names, people read sentences."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_DOORS: Mapping[str, str | Promise] = {
    "subscribe form": _("the sign-up page"),
    "preferences page": _("the person's own page"),
    "one-click": _("the leave button of the mail program"),
    "unsubscribe page": _("the leave link in a mail"),
    "leave mail": _("a mail that asked to leave"),
    "spam complaint": _("a spam complaint"),
    "forget me": _("the wish to be forgotten"),
    "staff": _("staff, as asked"),
}
# Followed by the number of the row: "petition 12".
_NUMBERED: Mapping[str, str | Promise] = {
    "petition": _("the form of petition %(number)s"),
    "import": _("import %(number)s"),
    "bulk change": _("a change to many people, number %(number)s"),
}


def words(method: str) -> str:
    """``method`` of a consent event in the reader's words; a name nobody knows as it is kept."""
    kind, _space, number = method.rpartition(" ")
    if number.isdecimal() and kind in _NUMBERED:
        return str(_NUMBERED[kind]) % {"number": number}
    return str(_DOORS.get(method, method))
