"""Pages that show several apps at once."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.defaults import page_not_found

from campaigns.models import Event, UrgentAction
from campaigns.public.caching import public_page
from campaigns.selectors import actions, articles, events
from config import today as attention
from petitions.selectors import petitions
from petitions.states import Phase

STORIES = 7
CARDS = 3


@public_page
def home(request: HttpRequest) -> HttpResponse:
    """The front page: what can be done today beside what is new."""
    stories = [*articles.public_for(translation.get_language() or "")[:STORIES]]
    open_petitions, open_actions = _open_petitions(), _open_actions()
    next_events = _next_events()
    context = {
        "lead": stories[0] if stories else None,
        "more": stories[1:],
        "petitions": open_petitions,
        "actions": open_actions,
        "events": next_events,
        "is_empty": not (stories or open_petitions or open_actions or next_events),
        "address": f"{settings.SITE_URL}/",
    }
    return render(request, "pages/home.html", context)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, unless an article used to be at this address: then 301 to where it is now."""
    article = articles.moved_to(request.path) if request.method in {"GET", "HEAD"} else None
    if article is not None:
        return HttpResponsePermanentRedirect(article.get_absolute_url())
    return page_not_found(request, exception)


def _open_petitions() -> list[dict[str, Any]]:
    reader = [translation.get_language() or ""]
    newest = petitions.with_texts(petitions.in_order())[:CARDS]
    return [
        {
            "petition": petition,
            "text": petitions.text_for(petition, reader),
            "progress": petitions.progress(petition),
        }
        for petition in newest
        if petitions.phase(petition) == Phase.OPEN
    ]


def _open_actions() -> list[UrgentAction]:
    newest = actions.public_actions()[:CARDS]
    return [action for action in newest if actions.is_open(action)]


def _next_events() -> list[Event]:
    soonest = events.coming_events()[:CARDS]
    return [event for event in soonest if events.takes_answers(event)]


@login_required
def today(request: HttpRequest) -> HttpResponse:
    """The staff's first page: what needs somebody now."""
    counts = request.user.has_perms(("petitions.view_signature", "campaigns.view_letter"))
    context = {
        "section": "today",
        "now": timezone.localtime(),
        "alarm": attention.alarm(),
        "notices": attention.notices(request.user),
        "days": attention.last_days() if counts else [],
        "width": attention.DAYS * attention.SLOT,
    }
    return render(request, "pages/today.html", context)


def health(_request: HttpRequest) -> JsonResponse:
    """For a load balancer: this process answers."""
    return JsonResponse({"status": "ok"})
