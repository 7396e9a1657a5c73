"""Who got a mailing, who did not and why, and the mails that may or may not have arrived."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from newsletters.models import ActKind, Delivery, Mailing
from newsletters.resources.deliveries import DeliveryResource
from newsletters.resources.tables import watermark
from newsletters.selectors import reports
from newsletters.selectors.reports import Progress
from newsletters.services import acts, deliveries
from newsletters.services.deliveries import Doubts
from newsletters.staff import mailing_page
from newsletters.staff.access import EXPORT, acting, staff_page
from newsletters.staff.downloads import csv_file
from newsletters.states import Decision, DeliveryState, MailingState, SkipReason

VIEW = "newsletters.view_mailing"
CHANGE = "newsletters.change_mailing"
PER_PAGE = 50
# Ten people watching a big mailing cost as much as one.
CACHE_SECONDS = 2
STATES = {state.name.lower(): state for state in DeliveryState}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@staff_page(VIEW)
@require_safe
def mailing_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of the report; the whole page is loaded again when the state has changed."""
    found = get_object_or_404(Mailing, pk=pk)
    if request.GET.get("state", found.state) != found.state:
        return HttpResponseClientRefresh()
    now: Progress | None = cache.get(f"mailing-progress-{pk}")
    if now is None:
        now = reports.progress(found)
        cache.set(f"mailing-progress-{pk}", now, CACHE_SECONDS)
    context = mailing_page.figures(found, now)
    return render(request, "newsletters/staff/_mailing_progress.html", context)


@staff_page(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def mailing_people(request: HttpRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    """Everybody in one state or with one cause: a look is a page, a press a table to take along."""
    found = get_object_or_404(Mailing, pk=pk)
    state = STATES.get(request.GET.get("state", ""))
    cause = request.GET.get("reason", "")
    rows = reports.people(found, state, cause)
    if request.method == "POST":
        return _download(request, found, rows)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "mailings",
        "mailing": found,
        "page_obj": page,
        "states": [(name, value.label) for name, value in STATES.items()],
        "state": request.GET.get("state", "") if state is not None else "",
        "cause": reports.REFUSALS.get(cause) or dict(SkipReason.choices).get(cause, ""),
        "is_held": cause == SkipReason.NEEDS_SMTPUTF8 and found.state != MailingState.CANCELLED,
        "many_versions": found.versions.count() > 1,
        "can_export": request.user.has_perm(EXPORT),
    }
    return render(request, "newsletters/staff/mailing_people.html", context)


@staff_page(CHANGE)
@require_POST
def mailing_held(request: HttpRequest, pk: int) -> HttpResponse:
    """Let those go that no relay could carry, now that one can."""
    found = get_object_or_404(Mailing, pk=pk)
    count = deliveries.send_held(mailing=found, by=acting(request))
    if count:
        sentence = ngettext(
            "%(count)d mail is on its way again. If no relay can carry it, it is held again.",
            "%(count)d mails are on their way again. If no relay can carry them, "
            "they are held again.",
            count,
        )
        messages.success(request, sentence % {"count": count})
    else:
        messages.info(request, _("Nothing is held here any more. Nothing was changed."))
    return redirect("staff:mailing", pk)


@staff_page(CHANGE)
def mailing_unsure(request: HttpRequest, pk: int) -> HttpResponse:
    """Three buttons for each mail in doubt, for those that are ticked, and for all of them."""
    found = get_object_or_404(Mailing, pk=pk)
    if request.method == "POST":
        return _pressed(request, found)
    rows = reports.unsure(found)
    newest = rows.last()
    act, at = _decision(request.GET)
    context: dict[str, Any] = {
        "section": "mailings",
        "mailing": found,
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "sentence": mailing_page.unsure_sentence(found, reports.progress(found)),
        "until": _stamp(newest.due_at) if newest else "",
        "act": act,
        "at": _stamp(at),
        "decided": deliveries.decided(mailing_id=found.pk, act=act, at=at) if act else 0,
    }
    return render(request, "newsletters/staff/mailing_unsure.html", context)


def _pressed(request: HttpRequest, found: Mailing) -> HttpResponse:
    """``do`` is "arrived:12" for one row, "arrived" for the ticked, "arrived:all", or "undo"."""
    button, _colon, which = request.POST.get("do", "").partition(":")
    if button == "undo":
        return _undo(request, found)
    doubts, asked = _doubts(request, found, which)
    if button not in Decision or not asked:
        messages.warning(request, _("Tick at least one mail first. Nothing was changed."))
        return redirect("staff:mailing_unsure", found.pk)
    made = deliveries.decide(doubts=doubts, act=Decision(button), by=acting(request))
    if made.count < asked:
        sentence = ngettext(
            "%(count)d mail had been decided before.",
            "%(count)d mails had been decided before.",
            asked - made.count,
        )
        messages.info(request, sentence % {"count": asked - made.count})
    page = reverse("staff:mailing_unsure", args=[found.pk])
    if not made.count:
        return redirect(page)
    return redirect(f"{page}?act={made.act}&at={_stamp(made.at)}")


def _undo(request: HttpRequest, found: Mailing) -> HttpResponse:
    act, at = _decision(request.POST)
    by = acting(request)
    count = deliveries.undo(mailing_id=found.pk, act=act, at=at, by=by) if act else 0
    if count:
        sentence = ngettext(
            "Taken back: %(count)d mail is in doubt again.",
            "Taken back: %(count)d mails are in doubt again.",
            count,
        )
        messages.success(request, sentence % {"count": count})
    else:
        messages.warning(request, _("It is too late to take this back. Nothing was changed."))
    return redirect("staff:mailing_unsure", found.pk)


def _doubts(request: HttpRequest, found: Mailing, which: str) -> tuple[Doubts, int]:
    """The mails a button is about, and how many its page showed."""
    if which == "all":
        until, shown = (_number(request.POST.get(name, "")) for name in ("until", "shown"))
        return Doubts(found.pk, until=EPOCH + until * MICROSECOND), shown
    chosen = [which] if which else request.POST.getlist("row")
    ids = {number for text in chosen[:PER_PAGE] if (number := _number(text))}
    return Doubts(found.pk, ids), len(ids)


def _decision(said: QueryDict) -> tuple[Decision | None, datetime]:
    """The decision that can be taken back, as ``_pressed`` named it in the address."""
    act = said.get("act", "")
    at = EPOCH + _number(said.get("at", "")) * MICROSECOND
    return (Decision(act) if act in Decision else None), at


def _stamp(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def _number(text: str) -> int:
    """0 for what is none: no row and no moment has it."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _download(
    request: HttpRequest, found: Mailing, rows: QuerySet[Delivery]
) -> StreamingHttpResponse:
    """The table; the audit names the mailing."""
    if not request.user.has_perm(EXPORT):
        raise PermissionDenied
    acts.note(kind=ActKind.EXPORTED, by=acting(request), details={"mailing": found.pk})
    mark = watermark(f"mailing {found.pk}", timezone.now(), acting(request))
    lines = DeliveryResource().marked(mark).lines(rows.iterator(chunk_size=2000))
    return csv_file(lines, f"mailing-{found.pk}.csv")
