"""Whoever says that she comes: the form, the button in the mail, and changing her mind."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.models import Event
from campaigns.public.events import calendar_file, find, page
from campaigns.public.forms_rsvps import RsvpForm
from campaigns.selectors import events as selectors
from campaigns.services import rsvps
from campaigns.services.rsvps import Answer
from newsletters.public.client import network
from newsletters.public.token_page import token_page
from newsletters.services.limits import allow

ANSWERS_AN_HOUR = 60


# No cookie is set for visitors, so there is no session to protect; the mail is the proof.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """Take an answer, to be confirmed by mail. The same page follows for everybody."""
    event = find(slug)
    if request.method != "POST":
        return redirect("campaigns:event", slug)
    form = RsvpForm(request.POST)
    if form.is_trapped:
        return redirect("campaigns:rsvp_sent", slug)
    if not selectors.takes_answers(event) or not form.is_valid():
        return page(request, event, form)
    if not allow("rsvp, network", network(request), limit=ANSWERS_AN_HOUR, seconds=3600):
        form.add_error(
            None,
            gettext("Very many answers came from your network in the last hour. Try again later."),
        )
        return page(request, event, form, status=429)
    _request(event, form)
    return redirect("campaigns:rsvp_sent", slug)


@require_safe
def sent(request: HttpRequest, slug: str) -> HttpResponse:
    """What everybody reads who filled in the form: now look in your mail."""
    context = {"section": "events", "event": find(slug)}
    return render(request, "campaigns/public/rsvp_sent.html", context)


@token_page
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Her answer in one sentence, and one button. Looking at it changes nothing."""
    rsvp = selectors.by_token(token)
    if rsvp is None:
        unknown = "campaigns/public/rsvp_unknown.html"
        return render(request, unknown, {"section": "events"}, status=404)
    if request.method == "POST":
        if "cancel" in request.POST:
            rsvps.cancel(rsvp=rsvp)
        else:
            rsvps.confirm(rsvp=rsvp)
        return redirect("campaigns:rsvp", token)
    context = {
        "section": "events",
        "token": token,
        "event": rsvp.event,
        "standing": rsvps.standing(rsvp),
        "place": selectors.shown_place(rsvp.event, rsvp),
        "is_full": selectors.counts(rsvp.event).places_left == 0,
    }
    return render(request, "campaigns/public/rsvp.html", context)


@token_page
@require_safe
def ics(_request: HttpRequest, token: str) -> HttpResponse:
    """The event for the calendar of somebody who comes: with the place."""
    rsvp = selectors.by_token(token)
    if rsvp is None:
        raise Http404
    return calendar_file(rsvp.event, place=selectors.shown_place(rsvp.event, rsvp))


def _request(event: Event, form: RsvpForm) -> None:
    if form.address is None:
        raise ValueError("a valid form has an address")
    answer = Answer(
        name=form.cleaned_data["name"],
        address=form.address,
        page_language=get_language() or "en",
    )
    rsvps.request(event=event, answer=answer)
