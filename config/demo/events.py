"""Two evenings to come, and the people on the lists who have said that they come."""

from datetime import timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.utils import timezone

from campaigns.models import Campaign, Event, Rsvp
from campaigns.services import events, rsvps
from campaigns.services.events import Details
from campaigns.services.rsvps import Answer
from config.demo import story
from config.demo.story import day, moment
from newsletters.addresses import parse
from newsletters.models import Contact


def invite(cause: Campaign) -> None:
    """Announce both evenings and let people answer, the first ones long ago."""
    guests = Contact.objects.order_by("pk").iterator()
    for row in story.table("events")["event"]:
        event = events.create(details=_details(row, cause))
        events.announce(event=event)
        Event.objects.filter(pk=event.pk).update(announced_at=moment(row["announced"]))
        event.refresh_from_db()
        for guest in islice(guests, row["coming"] + row["waiting"]):
            _answer(event, guest)
        _spread(event, hours=24 * row["announced"])


def _details(row: dict[str, Any], cause: Campaign) -> Details:
    date = day(-row["days_to_go"])
    return Details(
        title=row["title"],
        summary=row["summary"].strip(),
        language="en",
        town=row["town"],
        place=row["place"],
        place_by_mail=row.get("place_by_mail", False),
        starts_local=f"{date}T{row['from']}",
        ends_local=f"{date}T{row['until']}" if row["until"] else "",
        time_zone=settings.TIME_ZONE,
        capacity=row["capacity"],
        campaign=cause,
    )


def _answer(event: Event, guest: Contact) -> None:
    name = f"{guest.given_name} {guest.family_name}"
    rsvps.request(event=event, answer=Answer(name, parse(guest.email), guest.language))
    rsvps.confirm(rsvp=Rsvp.objects.latest("pk"))


def _spread(event: Event, hours: int) -> None:
    """In the order in which they came, over the hours since the announcement."""
    rows = list(event.rsvps.order_by("pk"))
    for number, row in enumerate(rows):
        row.created_at = timezone.now() - timedelta(hours=hours * (1 - number / len(rows)))
        row.confirmed_at = row.created_at
    Rsvp.objects.bulk_update(rows, ["created_at", "confirmed_at"])
