"""Windows: the hours and days at which a mailing's mails may leave, by a clock on a wall.

A window lies in local time: the night the clocks change it opens and closes when the
wall says so. One that ends past midnight belongs to the day on which it began.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Case, DateTimeField, Value, When
from django.db.models.expressions import Combinable

from newsletters import local_times
from newsletters.local_times import FORM
from newsletters.models import Mailing
from newsletters.states import Clock

EVERY_DAY = 127
# A mail that is begun must be through before the window closes.
MARGIN = timedelta(seconds=2)
# From any day the next day of the week that is allowed begins at the latest so much later.
LONGEST_WAIT_DAYS = 8


@dataclass(frozen=True, slots=True)
class Window:
    """Local times and days; ``days`` has bit 0 for Monday. The whole day where begin is end."""

    begin: time = time(0)
    end: time = time(0)
    days: int = EVERY_DAY

    @property
    def is_always(self) -> bool:
        """Whether it never closes."""
        return self.begin == self.end and self.days == EVERY_DAY

    def shows(self, wall: datetime) -> bool:
        """Whether it is open when the clock on the wall shows ``wall``."""
        hour = wall.time()
        if self.begin == self.end:
            return self._has(wall)
        if self.begin < self.end:
            return self._has(wall) and self.begin <= hour < self.end
        if hour >= self.begin:
            return self._has(wall)
        return hour < self.end and self._has(wall - timedelta(days=1))

    def _has(self, day: datetime) -> bool:
        return bool(self.days >> day.weekday() & 1)


def of(mailing: Mailing) -> Window:
    """The window of ``mailing``; one that never closes when it has none."""
    begin, end = mailing.window_from, mailing.window_to
    if begin is None or end is None:
        return Window(days=mailing.window_days or EVERY_DAY)
    return Window(begin, end, mailing.window_days or EVERY_DAY)


def own_zone(mailing: Mailing) -> str:
    """Our zone for this mailing: the one its schedule was typed in, or the installation's."""
    return mailing.scheduled_zone or settings.TIME_ZONE


def is_open(window: Window, zone: str, at: datetime) -> bool:
    """Whether mail may leave at ``at`` by the clocks of ``zone``."""
    return window.shows(at.astimezone(ZoneInfo(zone)))


def may_leave(window: Window, zone: str, at: datetime) -> bool:
    """Whether a mail begun at ``at`` is through while the window is open."""
    return is_open(window, zone, at) and is_open(window, zone, at + MARGIN)


def lets_out(mailing: Mailing, at: datetime) -> bool:
    """Whether any mail of ``mailing`` may be begun at ``at``; by the readers' clocks some may."""
    return differs_by_reader(mailing) or may_leave(of(mailing), own_zone(mailing), at)


def differs_by_reader(mailing: Mailing) -> bool:
    """Whether its window is open for one reader and closed for another."""
    return mailing.clock == Clock.READER and not of(mailing).is_always


def opening(window: Window, zone: str, at: datetime) -> datetime:
    """The first moment from ``at`` on (UTC) at which ``window`` is open in ``zone``.

    A beginning that the clocks skip comes the same distance after midnight in the new time.
    """
    if is_open(window, zone, at):
        return at
    place = ZoneInfo(zone)
    today = at.astimezone(place).date()
    for days in range(LONGEST_WAIT_DAYS + 1):
        day = today + timedelta(days=days)
        begin = datetime.combine(day, window.begin, place).astimezone(UTC)
        if begin > at and is_open(window, zone, begin):
            return begin
    # Every allowed hour of this week falls into one the clocks skip: the next week has it.
    return opening(window, zone, at + timedelta(days=LONGEST_WAIT_DAYS))


def due(mailing: Mailing, zone: str, now: datetime) -> datetime:
    """When the mail of a reader in ``zone`` may leave first, at ``now`` or later.

    With ``Clock.READER`` the typed hour is that of ``zone``, and so is the window.
    """
    if mailing.clock == Clock.READER and mailing.scheduled_local:
        now = max(now, typed_hour(mailing.scheduled_local, zone))
    else:
        zone = zone if mailing.clock == Clock.READER else own_zone(mailing)
    return opening(of(mailing), zone, now)


def typed_hour(local: str, zone: str) -> datetime:
    """The instant at which the clocks of ``zone`` show ``local`` ("2027-03-30T09:00")."""
    typed = datetime.strptime(local, FORM).replace(tzinfo=ZoneInfo(zone))
    return typed.astimezone(UTC)


def due_column(mailing: Mailing, now: datetime) -> Combinable:
    """``due`` for a contact as a column of a statement: no reader passes through this process.

    Zones that come to the same moment share one condition, so that there are some
    forty and not six hundred. Who has no zone, or one nobody knows, has ours.
    """
    ours = Value(due(mailing, own_zone(mailing), now), output_field=DateTimeField())
    if mailing.clock != Clock.READER:
        return ours
    moments: dict[datetime, list[str]] = {}
    for zone in sorted(local_times.zones()):
        moments.setdefault(due(mailing, zone, now), []).append(zone)
    whens = [
        When(time_zone__in=names, then=Value(moment, output_field=DateTimeField()))
        for moment, names in moments.items()
        if moment != ours.value
    ]
    return Case(*whens, default=ours) if whens else ours


def zone_of(mailing: Mailing, typed: str) -> str:
    """The zone whose clock counts for a reader who has ``typed`` as hers."""
    if mailing.clock == Clock.READER and typed in local_times.zones():
        return typed
    return own_zone(mailing)
