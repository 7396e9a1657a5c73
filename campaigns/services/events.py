"""Events: written, announced, changed, called off. Whoever has answered is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import CharField, F
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.errors import EventRefused
from campaigns.models import Campaign, Event
from campaigns.selectors import events as selectors
from campaigns.services import rsvps
from campaigns.services.slugs import free_slug
from campaigns.states import EVENT_MOVES, EventState, leading_to
from newsletters import local_times
from newsletters.errors import LineRefused, MailingRefused
from newsletters.names import one_line, straight
from worker.doorbell import Job, ring

log = structlog.get_logger("campaigns.events")

# Whoever has answered hears of a change in any of these.
TOLD_OF = ("town", "place", "starts_at", "ends_at")
# The code of a refusal because somebody else has saved.
MEANWHILE = "meanwhile"
FIRST_YEAR, LAST_YEAR = 2000, 2999
LARGEST = 1_000_000


@dataclass(frozen=True)
class Details:
    """What an editor says of an event. Local times are "YYYY-MM-DDTHH:MM"; no end is ""."""

    title: str
    summary: str
    language: str
    town: str
    place: str
    place_by_mail: bool
    starts_local: str
    ends_local: str
    time_zone: str
    capacity: int | None
    campaign: Campaign | None


def create(*, details: Details) -> Event:
    """Store a DRAFT. Raises EventRefused, naming the field that has to be mended."""
    columns = _columns(details)
    return Event.objects.create(slug=free_slug(Event, columns["title"]), **columns)


@transaction.atomic
def change(*, event: Event, details: Details) -> Event:
    """Store new details. Who comes or waits is written to when an announced place or time changes.

    A capacity that has risen lets the next ones move up; one that has shrunk
    takes no place away. Raises EventRefused, and nothing is changed, when a
    detail is wrong, when somebody else has saved since ``event`` was read, or
    when an announced event would begin in the past.
    """
    columns = _columns(details)
    was = Event.objects.select_for_update(no_key=True).get(pk=event.pk)
    if was.updated_at != event.updated_at:
        raise EventRefused(
            MEANWHILE,
            _(
                "Somebody else changed this event while you had the page open, so nothing was "
                "saved. Compare what you wrote with what is there now, and save again."
            ),
        )
    tells = _tells(was, columns)
    Event.objects.filter(pk=was.pk).update(
        **columns, sequence=was.sequence + tells, updated_at=timezone.now()
    )
    if selectors.takes_answers(was):
        _tell(was)
    return Event.objects.get(pk=was.pk)


def to_be_told(*, event: Event, details: Details) -> int:
    """How many people ``change`` would write to at this moment. Raises EventRefused as it does."""
    if not _tells(event, _columns(details)):
        return 0
    now = selectors.counts(event)
    return now.coming + now.waiting


@transaction.atomic
def announce(*, event: Event) -> bool:
    """Draft or called off → announced: from now on people can answer. False when it was already.

    Whoever had said she comes before it was called off is told that it takes
    place. Raises EventRefused when it is over.
    """
    _refuse_past(event)
    return _move(event, EventState.ANNOUNCED, announced_at=Coalesce("announced_at", timezone.now()))


@transaction.atomic
def call_off(*, event: Event) -> bool:
    """Announced → called off: everybody who comes or waits is told.

    False, and nothing done, when it was not announced or is over.
    """
    return not selectors.is_over(event) and _move(event, EventState.CALLED_OFF)


def _move(event: Event, state: EventState, **columns: Any) -> bool:
    before = leading_to(state, EVENT_MOVES)
    now = timezone.now()
    moved = Event.objects.filter(pk=event.pk, state__in=before).update(
        state=state, sequence=F("sequence") + 1, updated_at=now, **columns
    )
    if moved:
        _tell(event)
        log.info("event_moved", event_id=event.pk, state=str(state))
    return bool(moved)


def _tells(was: Event, columns: dict[str, Any]) -> bool:
    """Whether people are written to when ``was`` becomes like this. Raises EventRefused."""
    changed = [name for name in TOLD_OF if getattr(was, name) != columns[name]]
    if was.state == EventState.ANNOUNCED and {"starts_at", "ends_at"} & set(changed):
        _refuse_past(Event(**columns))
    return bool(changed) and selectors.takes_answers(was)


def _tell(event: Event) -> None:
    """Fill free places now, as far as that is quick; the bell has the rest done."""
    rsvps.move_up(event=event)
    ring(Job.TELL_EVENTS)


def _refuse_past(event: Event) -> None:
    if selectors.is_over(event):
        raise EventRefused("starts_local", _("This time is past. Choose one that is to come."))


def _columns(details: Details) -> dict[str, Any]:
    """The columns of the event. Raises EventRefused."""
    starts = _moment("starts_local", details.starts_local, details.time_zone)
    ends = (
        _moment("ends_local", details.ends_local, details.time_zone) if details.ends_local else None
    )
    if ends and ends.at <= starts.at:
        raise EventRefused("ends_local", _("It has to end after it begins."))
    if details.capacity is not None and not 1 <= details.capacity <= LARGEST:
        raise EventRefused(
            "capacity", _("Write a number from 1 to a million, or nothing for everybody.")
        )
    return {
        "title": _line("title", details.title),
        "summary": _lines("summary", details.summary),
        "language": details.language,
        "town": _line("town", details.town),
        "place": _line("place", details.place),
        "place_by_mail": details.place_by_mail,
        "starts_at": starts.at,
        "ends_at": ends.at if ends else None,
        "starts_local": starts.local,
        "ends_local": ends.local if ends else "",
        "time_zone": starts.zone,
        "capacity": details.capacity,
        "campaign": details.campaign,
    }


def _moment(field: str, local: str, zone: str) -> local_times.Moment:
    try:
        typed = datetime.fromisoformat(local)
    except ValueError:
        typed = None
    # Neither a day alone nor one with a zone of its own.
    if typed is None or typed.isoformat(timespec="minutes") != local:
        raise EventRefused(field, _("Write day and time like 2026-12-05T18:00."))
    if not FIRST_YEAR <= typed.year <= LAST_YEAR:
        raise EventRefused(field, _("Write a year from 2000 to 2999."))
    try:
        moment = local_times.read(typed, zone)
    except MailingRefused as error:
        raise EventRefused("time_zone", error.message) from None
    if moment.note:
        raise EventRefused(
            field,
            _(
                "The clocks change that night, and this time comes twice or not at all. "
                "Choose another."
            ),
        )
    return moment


def _lines(field: str, text: str) -> str:
    return "\n".join(_straight(field, line) for line in text.splitlines()).strip()


def _line(field: str, text: str) -> str:
    line = _straight(field, text)
    if not line:
        raise EventRefused(field, _("This must not be empty."))
    column = Event._meta.get_field(field)
    if isinstance(column, CharField) and column.max_length and len(line) > column.max_length:
        most = {"most": column.max_length}
        raise EventRefused(field, _("This is too long: %(most)s characters at most.") % most)
    return line


def _straight(field: str, text: str) -> str:
    try:
        return straight(one_line(text.replace("\t", " ")))
    except LineRefused as error:
        raise EventRefused(field, error.message) from None
