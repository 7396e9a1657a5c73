"""Who got a mailing, who did not and why, and the mails that may or may not have arrived."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from newsletters.exports import csv_lines
from newsletters.models import Delivery, Mailing
from newsletters.selectors import reports
from newsletters.selectors.reports import Progress
from newsletters.services import deliveries
from newsletters.staff import mailing_page
from newsletters.staff.access import EXPORT, staff_page
from newsletters.states import DeliveryState, SkipReason

VIEW = "newsletters.view_mailing"
CHANGE = "newsletters.change_mailing"
PER_PAGE = 50
# Ten people watching a big mailing cost as much as one.
CACHE_SECONDS = 2
STATES = {state.name.lower(): state for state in DeliveryState}
DECISIONS: dict[str, Callable[..., int]] = {
    "arrived": deliveries.arrived,
    "again": deliveries.send_again,
    "leave": deliveries.leave,
}


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
@require_safe
def mailing_people(request: HttpRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    """Everybody in one state or with one cause, as a page or as a table to take along."""
    found = get_object_or_404(Mailing, pk=pk)
    state = STATES.get(request.GET.get("state", ""))
    cause = request.GET.get("reason", "")
    rows = reports.people(found, state, cause)
    if "csv" in request.GET:
        return _download(request, found, rows)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "mailings",
        "mailing": found,
        "page_obj": page,
        "states": [(name, value.label) for name, value in STATES.items()],
        "state": request.GET.get("state", "") if state is not None else "",
        "cause": reports.REFUSALS.get(cause) or dict(SkipReason.choices).get(cause, ""),
        "many_versions": found.versions.count() > 1,
        "can_export": request.user.has_perm(EXPORT),
    }
    return render(request, "newsletters/staff/mailing_people.html", context)


@staff_page(CHANGE)
def mailing_unsure(request: HttpRequest, pk: int) -> HttpResponse:
    """Three buttons for each mail in doubt, or for all that are ticked."""
    found = get_object_or_404(Mailing, pk=pk)
    if request.method == "POST":
        return _decide(request, found)
    page = Paginator(reports.unsure(found), PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "section": "mailings",
        "mailing": found,
        "page_obj": page,
        "sentence": mailing_page.unsure_sentence(found, reports.progress(found)),
    }
    return render(request, "newsletters/staff/mailing_unsure.html", context)


def _decide(request: HttpRequest, found: Mailing) -> HttpResponse:
    """``do`` is "arrived:12" for one row, "arrived" for the ticked ones."""
    act, colon, one = request.POST.get("do", "").partition(":")
    chosen = [one] if colon else request.POST.getlist("row")
    ids = [int(pk) for pk in chosen[:PER_PAGE] if pk.isdecimal() and len(pk) < 19]
    if act not in DECISIONS or not ids:
        messages.warning(request, _("Tick at least one mail first. Nothing was changed."))
        return redirect("staff:mailing_unsure", found.pk)
    changed = DECISIONS[act](mailing_id=found.pk, ids=ids)
    late = len(ids) - changed
    if changed:
        sentence = ngettext("%(count)d mail decided.", "%(count)d mails decided.", changed)
        messages.success(request, sentence % {"count": changed})
    if late:
        sentence = ngettext(
            "%(count)d mail had been decided before.",
            "%(count)d mails had been decided before.",
            late,
        )
        messages.info(request, sentence % {"count": late})
    left = reports.unsure(found).exists()
    return redirect("staff:mailing_unsure" if left else "staff:mailing", found.pk)


def _download(
    request: HttpRequest, found: Mailing, rows: QuerySet[Delivery]
) -> StreamingHttpResponse:
    if not request.user.has_perm(EXPORT):
        raise PermissionDenied
    response = StreamingHttpResponse(
        csv_lines(_table(rows)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="mailing-{found.pk}.csv"'
    return response


def _table(rows: QuerySet[Delivery]) -> Iterator[list[Any]]:
    yield [
        "email", "given_name", "family_name", "state", "reason", "version", "accepted_at",
        "last_code", "last_text",
    ]  # fmt: skip
    for row in rows.iterator(chunk_size=2000):
        person = row.contact
        yield [
            row.address,
            person.given_name if person else "",
            person.family_name if person else "",
            DeliveryState(row.state).name.lower(),
            row.reason,
            row.version.number if row.version else "",
            row.accepted_at.isoformat() if row.accepted_at else "",
            row.last_code,
            row.last_text,
        ]
