"""Events as words and as calendar files (RFC 5545)."""

from collections.abc import Iterable
from datetime import UTC

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from icalendar import Calendar
from icalendar import Event as Entry

from campaigns import deadlines
from campaigns.models import Event
from campaigns.selectors.events import shown_place
from campaigns.states import EventState
from newsletters import local_times

DAY_AND_TIME = "l, j F Y, H:i"


def when(event: Event) -> str:
    """Day and time on the clocks of the place, with the zone, in the active language."""
    starts = local_times.show(event.starts_at, event.time_zone)
    words = date_format(starts, DAY_AND_TIME)
    if event.ends_at:
        ends = local_times.show(event.ends_at, event.time_zone)
        same_day = ends.date() == starts.date()
        words += (
            f"–{date_format(ends, 'H:i')}" if same_day else f" – {date_format(ends, DAY_AND_TIME)}"
        )
    return f"{words} ({event.time_zone.replace('_', ' ')})"


def in_how_many_days(event: Event) -> str:
    """Days from today to the event by its own calendar: "today", "tomorrow", "in 5 days"."""
    day = local_times.show(event.starts_at, event.time_zone).date()
    days = deadlines.days_left(day, event.time_zone, timezone.now())
    if days < 2:
        return _("tomorrow") if days == 1 else _("today")
    return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}


def where(event: Event, place: str) -> str:
    """Place and town on one line; the town alone where ``place`` is not told."""
    return ", ".join(filter(None, (place, event.town)))


def url(event: Event) -> str:
    """The public address of the event, to be passed on."""
    return settings.SITE_URL + event.get_absolute_url()


def ics(event: Event, *, place: str) -> bytes:
    """One event as a calendar file; ``place`` is what its reader may know (``shown_place``)."""
    return _file([_entry(event, place)])


def feed(events: Iterable[Event]) -> bytes:
    """Many events as one calendar file for everybody: never with a place told by mail alone."""
    return _file([_entry(event, shown_place(event)) for event in events])


def _file(entries: list[Entry]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Handbill//Events//EN")
    calendar.add("version", "2.0")
    # RFC 7986 section 5.1.
    calendar.add("name", settings.SITE_NAME)
    for entry in entries:
        calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _entry(event: Event, place: str) -> Entry:
    entry = Entry()
    entry.add("uid", str(event.uid))
    # The last change, as section 3.8.7.2 wants it of a file that invites nobody by mail.
    entry.add("dtstamp", event.updated_at.astimezone(UTC))
    entry.add("sequence", event.sequence)
    called_off = event.state == EventState.CALLED_OFF
    entry.add("status", "CANCELLED" if called_off else "CONFIRMED")
    entry.add("dtstart", event.starts_at.astimezone(UTC))
    if event.ends_at:
        entry.add("dtend", event.ends_at.astimezone(UTC))
    entry.add("summary", event.title)
    entry.add("location", where(event, place))
    entry.add("description", f"{event.summary}\n\n{url(event)}".strip())
    entry.add("url", url(event))
    return entry
