"""Staff pages: events, from the draft to the list at the door."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.errors import EventRefused
from campaigns.models import Event
from campaigns.selectors import events as selectors
from campaigns.services import events as services
from campaigns.staff.event_forms import EventForm, initial
from newsletters.staff.access import staff_page

PER_PAGE = 50
PERMISSION = "campaigns.change_event"
NAMES = "campaigns.view_rsvp"


@staff_page(PERMISSION)
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """What is coming and what is being prepared, the next one on top; with ?past=… what is over."""
    is_past = "past" in request.GET
    found = selectors.past_for_staff() if is_past else selectors.coming_for_staff()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"section": "events", "page_obj": page, "is_past": is_past}
    return render(request, "campaigns/staff/event_list.html", context)


@staff_page(PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def event_new(request: HttpRequest) -> HttpResponse:
    """A new event, a draft."""
    form = EventForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create(details=form.details())
        except EventRefused as error:
            _refuse(form, error)
        else:
            messages.success(request, _("Saved. Nobody sees it before you announce it."))
            return redirect("staff:event", pk=made.pk)
    return render(request, "campaigns/staff/event.html", {"section": "events", "form": form})


@staff_page(PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one event. Before a change is mailed to people, it says to how many."""
    shown = get_object_or_404(Event, pk=pk)
    is_sent = request.method == "POST"
    form = EventForm(request.POST if is_sent else None, initial=initial(shown))
    mailed = 0
    if is_sent and form.is_valid():
        mailed = 0 if "sure" in request.POST else _to_be_told(form, shown)
        if not mailed and not form.errors and _saved(form, shown):
            messages.success(request, _("Saved."))
            return redirect("staff:event", pk=pk)
    saved = selectors.for_staff().get(pk=pk)
    context = {
        "section": "events",
        "event": saved,
        "form": form,
        "mailed": mailed,
        "is_over": selectors.is_over(saved),
    }
    return render(request, "campaigns/staff/event.html", context)


@staff_page(PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def event_announce(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what announcing does; the button does it."""
    shown = get_object_or_404(Event, pk=pk)
    if request.method != "POST":
        return _ask(request, shown, "announce")
    try:
        if services.announce(event=shown):
            messages.success(request, _("Announced. Everybody can see it and say that she comes."))
    except EventRefused as error:
        messages.error(request, error.message)
    return redirect("staff:event", pk=pk)


@staff_page(PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def event_call_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how many would be told; the button calls it off and tells them."""
    shown = get_object_or_404(Event, pk=pk)
    if request.method != "POST":
        return _ask(request, shown, "call_off")
    if services.call_off(event=shown):
        messages.success(request, _("Called off. Whoever had said she comes is told by mail."))
    return redirect("staff:event", pk=pk)


@staff_page(NAMES)
@require_safe
def event_people(request: HttpRequest, pk: int) -> HttpResponse:
    """Who comes, in the order in which they said so, and behind them who waits."""
    shown = get_object_or_404(Event, pk=pk)
    page = Paginator(selectors.who_comes(shown), PER_PAGE).get_page(request.GET.get("page"))
    context = {"section": "events", "event": shown, "page_obj": page}
    return render(request, "campaigns/staff/event_people.html", context)


@staff_page(NAMES)
@require_safe
def event_door(request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody who comes on one sheet by name, to be ticked off at the door."""
    shown = get_object_or_404(Event, pk=pk)
    context = {"section": "events", "event": shown, "names": selectors.names_at_the_door(shown)}
    return render(request, "campaigns/staff/event_door.html", context)


def _ask(request: HttpRequest, shown: Event, move: str) -> HttpResponse:
    told = selectors.counts(shown)
    context = {
        "section": "events",
        "event": shown,
        "told": told.coming + told.waiting,
        "move": move,
    }
    return render(request, "campaigns/staff/event_move.html", context)


def _to_be_told(form: EventForm, shown: Event) -> int:
    """How many people saving would write to; 0 when the service refused it."""
    try:
        return services.to_be_told(event=shown, details=form.details())
    except EventRefused as error:
        _refuse(form, error)
        return 0


def _saved(form: EventForm, shown: Event) -> bool:
    # As it was when the page was opened.
    read = Event(pk=shown.pk, updated_at=form.cleaned_data["seen"])
    try:
        services.change(event=read, details=form.details())
    except EventRefused as error:
        _refuse(form, error)
        if error.code == services.MEANWHILE:
            form.go_on_from(Event.objects.get(pk=shown.pk))
        return False
    return True


def _refuse(form: EventForm, error: EventRefused) -> None:
    form.add_error(error.code if error.code in form.fields else None, error.message)
