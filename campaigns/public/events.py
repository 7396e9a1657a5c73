"""Events as visitors see them, and as their calendars do."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from campaigns import calendar
from campaigns.models import Event
from campaigns.public.caching import public_page
from campaigns.public.forms_rsvps import RsvpForm
from campaigns.selectors import events as selectors

A_PAGE = 20
# Of what is over, so many stand below what is coming.
RECENT = 3
IN_A_CALENDAR = 200


@public_page
def index(request: HttpRequest) -> HttpResponse:
    """What is coming, the next one on top; with ?past=… what is over, the last one on top."""
    is_past = "past" in request.GET
    found = selectors.past_events() if is_past else selectors.coming_events()
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "events",
        "page_obj": page,
        "is_past": is_past,
        "recent": [] if is_past or page.has_next() else selectors.past_events()[:RECENT],
    }
    return render(request, "campaigns/public/events.html", context)


@public_page
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """One event, with the form while one can still say that one comes."""
    return page(request, find(slug))


@public_page
def ics(_request: HttpRequest, slug: str) -> HttpResponse:
    """One event for a calendar; a place that is told by mail is not in it."""
    event = find(slug)
    return calendar_file(event, place=selectors.shown_place(event))


@public_page
def feed(_request: HttpRequest) -> HttpResponse:
    """The next 200 events, for a calendar that looks again by itself."""
    made = calendar.feed(selectors.coming_events()[:IN_A_CALENDAR])
    return _file(made, "events.ics")


def find(slug: str) -> Event:
    """The public event at this address, or 404."""
    event = selectors.by_slug(slug)
    if event is None:
        raise Http404
    return event


def page(
    request: HttpRequest, event: Event, form: RsvpForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of ``event``; ``form`` when something has to be mended in it."""
    counts = selectors.counts(event)
    context = {
        "section": "events",
        "event": event,
        "is_over": selectors.is_over(event),
        "form": (form or RsvpForm()) if selectors.takes_answers(event) else None,
        "place": selectors.shown_place(event),
        "coming": counts.coming,
        "places_left": counts.places_left,
        "url": calendar.url(event),
    }
    return render(request, "campaigns/public/event.html", context, status=status)


def calendar_file(event: Event, *, place: str) -> HttpResponse:
    """``event`` as a file to be put into a calendar."""
    return _file(calendar.ics(event, place=place), f"{event.slug}.ics")


def _file(made: bytes, name: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(
        made,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )
