"""Events in a digest, who comes as a question of a segment, and the people behind the answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import linebreaks
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import calendar
from campaigns.models import Event, Rsvp
from campaigns.newsletter_hooks.bounds import MAX_CHOICES, MAX_ITEMS, MAX_MOMENTS
from campaigns.selectors import events as selectors
from campaigns.services import rsvp_retention
from campaigns.states import EventState, RsvpState
from newsletters.ports import DigestItem, Moment, Question, Rule, Takes
from newsletters.sanitise import excerpt
from newsletters.selectors.held import Language
from newsletters.selectors.segment_addresses import by_any_address
from newsletters.selectors.segment_values import row_id, since


class UpcomingEvents:
    """Digest section: the events that were announced in the period and are still to come."""

    name = "events"
    label = _("Events")

    def items(self, since: datetime, until: datetime) -> list[DigestItem]:
        """What became public in ``[since, until)``, newest first, at most 50."""
        rows = selectors.announced_between(since, until)
        return [_event_item(event) for event in rows[:MAX_ITEMS]]


def _event_item(event: Event) -> DigestItem:
    with translation.override(event.language):
        when = calendar.when(event)
    where = calendar.where(event, selectors.shown_place(event))
    announced_at = event.announced_at
    return DigestItem(
        key=f"event:{event.pk}",
        title=event.title,
        url=calendar.url(event),
        summary=f"{when}, {where}. {excerpt(linebreaks(event.summary, autoescape=True))}".strip(),
        language=event.language,
        published_at=announced_at.isoformat() if announced_at else "",
    )


UPCOMING_EVENTS = UpcomingEvents()


class Rsvps:
    """Who comes to events: emptied 30 days after them, told and erased when they ask."""

    name = "rsvps"
    label = _("Answers to events")

    def moments(self, keys: Sequence[str]) -> list[Moment]:
        """The newest fifty answers: to what, and what became of each."""
        return [
            Moment(
                at=row.confirmed_at or row.created_at,
                words=gettext("Answered to “%(event)s”: %(state)s")
                % {"event": row.event.title, "state": row.get_state_display()},
                url=reverse("staff:event", args=[row.event_id]),
            )
            for row in selectors.written_by(keys)[:MAX_MOMENTS]
        ]

    def held(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        """Every answer from these addresses."""
        return [
            {
                gettext("Event"): row.event.title,
                gettext("When"): calendar.when(row.event),
                gettext("State"): row.get_state_display(),
                gettext("Name"): row.name,
                gettext("E-mail"): row.email,
                gettext("Language"): Language(row.page_language),
                gettext("Answered"): row.created_at.isoformat(),
                gettext("Confirmed"): row.confirmed_at.isoformat() if row.confirmed_at else "",
            }
            for row in selectors.written_by(keys).iterator(chunk_size=500)
        ]

    def erase(self, keys: Sequence[str]) -> int:
        """Nothing of her is left; her place at an event to come goes to the next."""
        return rsvp_retention.erase(keys=keys)

    def rules(self) -> Sequence[Rule]:
        """What nobody confirmed is deleted; names go 30 days after the event, all after a year."""
        return (
            Rule(
                "rsvps_unconfirmed",
                _("Answers to events nobody confirmed"),
                _("14 days"),
                lambda: rsvp_retention.unconfirmed().count(),
                rsvp_retention.forget_unconfirmed,
            ),
            Rule(
                "rsvps",
                _("Names and addresses of those who came to an event"),
                _("30 days after the event"),
                lambda: rsvp_retention.named().count(),
                rsvp_retention.forget_names,
            ),
            Rule(
                "rsvps_old",
                _("Who came to an event; how many came is kept"),
                _("a year after the event"),
                lambda: rsvp_retention.old().count(),
                rsvp_retention.forget_answers,
            ),
        )


RSVPS = Rsvps()


class ComesToEvent:
    """Confirmed answers to events, from any of the person's addresses; kept for a year."""

    name = "comes_to_event"
    label = _("Events")
    operators = {
        "is": Question(_("comes or came to …"), (Takes.CHOICE,)),
        "is_not": Question(_("does not come to …"), (Takes.CHOICE,)),
        "waits": Question(_("waits for a place at …"), (Takes.CHOICE,)),
        "within": Question(_("has said she comes to an event in the last … days"), (Takes.DAYS,)),
        "next": Question(_("will come to an event in the next … days"), (Takes.DAYS,)),
        "never": Question(_("has never said she comes to an event")),
    }

    def choices(self) -> Sequence[tuple[str, str]]:
        """The newest events that are or were public, with their day."""
        rows = Event.objects.filter(state__in=selectors.PUBLIC)[:MAX_CHOICES]
        return [(str(row.pk), f"{row.title} ({row.starts_local[:10]})") for row in rows]

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """An EXISTS; an answer keeps the key of its address when it has been emptied."""
        state = RsvpState.WAITING if operator == "waits" else RsvpState.COMING
        rows = Rsvp.objects.filter(state=state)
        if operator == "within":
            rows = rows.filter(confirmed_at__gte=since(values[0]))
        elif operator == "next":
            now = timezone.now()
            rows = rows.filter(
                event__state=EventState.ANNOUNCED,
                event__starts_at__gte=now,
                event__starts_at__lt=now + timedelta(days=values[0]),
            )
        elif operator != "never":
            rows = rows.filter(event=row_id(values[0]))
        found = by_any_address(rows)
        return ~found if operator in {"is_not", "never"} else found


COMES_TO_EVENT = ComesToEvent()
