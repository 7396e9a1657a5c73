"""A typed local time and its zone as one instant, on the two odd nights of the year too."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.utils.translation import gettext as _

from newsletters.errors import MailingRefused

FORM = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Moment:
    """``at`` in UTC, and what was typed. ``note`` says what was made of an odd time."""

    at: datetime
    local: str
    zone: str
    note: str = ""


def read(local: datetime, zone: str) -> Moment:
    """The one instant that ``local`` (without zone) means in ``zone``.

    A time that the clocks skip becomes the same distance after midnight in the
    new time (02:30 → 03:30); one that comes twice is its first coming.
    Raises MailingRefused for a zone nobody knows.
    """
    if zone not in zones():
        raise MailingRefused("zone", _("Choose one of the time zones offered."))
    place = ZoneInfo(zone)
    typed = local.replace(second=0, microsecond=0, tzinfo=None)
    at = typed.replace(tzinfo=place, fold=0).astimezone(UTC)
    return Moment(at, typed.strftime(FORM), zone, _note(typed, at, place))


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """Every zone this machine knows; looking for them means reading a thousand files."""
    return frozenset(available_timezones())


def offered() -> list[tuple[str, str]]:
    """The zones to choose from in a form: the installation's first, then UTC, then every place."""
    places = sorted(zone for zone in zones() if "/" in zone)
    return [(zone, zone) for zone in dict.fromkeys([settings.TIME_ZONE, "UTC", *places])]


def show(at: datetime, zone: str) -> datetime:
    """``at`` as the clocks of ``zone`` show it."""
    return at.astimezone(ZoneInfo(zone or "UTC"))


def _note(typed: datetime, at: datetime, place: ZoneInfo) -> str:
    shown = at.astimezone(place)
    if shown.replace(tzinfo=None) != typed:
        return _("The clocks skip %(typed)s that night; it goes out at %(shown)s.") % {
            "typed": typed.strftime("%H:%M"),
            "shown": shown.strftime("%H:%M"),
        }
    if typed.replace(tzinfo=place, fold=1).astimezone(UTC) != at:
        return _("%(typed)s comes twice that night; it goes out the first time.") % {
            "typed": typed.strftime("%H:%M")
        }
    return ""
