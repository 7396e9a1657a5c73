"""Changing many people: say what, look at what would happen, start, watch, take back."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newsletters.errors import BulkRefused, QueryRefused, SegmentRefused
from newsletters.models import BulkChange, BulkKind, Tag
from newsletters.selectors import bulk as selector
from newsletters.selectors import people
from newsletters.selectors.people import Query
from newsletters.services import bulk
from newsletters.staff.access import BULK, acting, staff_page
from newsletters.staff.bulk_forms import FORMS
from newsletters.staff.people_search import carried, chosen, list_of, words_of
from newsletters.staff.work_progress import bar, progress

PER_PAGE = 25
TAGS_OFFERED = 500
# The search has a tag and a list of its own.
PREFIX = "do"


@staff_page(BULK)
def bulk_new(request: HttpRequest) -> HttpResponse:
    """Say what shall be done and see what would happen; a press starts it."""
    data = request.POST if request.method == "POST" else request.GET
    kind = data.get("kind", "")
    try:
        query = chosen(data)
        if kind not in FORMS:
            raise BulkRefused("kind", _("Choose what to do first."))
        return _new(request, data, query, BulkKind(kind))
    except (QueryRefused, SegmentRefused, BulkRefused) as refused:
        messages.warning(request, str(refused))
        return redirect(list_of(data))


def _new(request: HttpRequest, data: QueryDict, query: Query, kind: BulkKind) -> HttpResponse:
    form = FORMS[kind](data if "look" in data else None, prefix=PREFIX)
    is_ready = form.is_bound and form.is_valid()
    if is_ready and request.method == "POST":
        by = acting(request)
        change = bulk.start(query=query, kind=kind, terms=form.terms(), by=by)
        return redirect("staff:bulk", change.pk)
    context = {
        "kind": kind,
        "label": kind.label,
        "form": form,
        "carried": carried(data),
        "words": people.describe(query),
        "back": list_of(data),
        "known_tags": Tag.objects.values_list("name", flat=True)[:TAGS_OFFERED],
        "preview": selector.preview(query, kind, form.terms()) if is_ready else None,
        "said": [(field.html_name, data.get(field.html_name, "")) for field in form],
    }
    return _page(request, "bulk_new", context, form)


@staff_page(BULK)
@require_safe
def bulk_list(request: HttpRequest) -> HttpResponse:
    """Every change to many people, newest first."""
    page = Paginator(selector.changes(), PER_PAGE).get_page(request.GET.get("page"))
    return _page(request, "bulk_list", {"page_obj": page})


@staff_page(BULK)
@require_safe
def bulk_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One change: how far it is, what it did, and the way back."""
    change = get_object_or_404(BulkChange.objects.select_related("created_by"), pk=pk)
    context = {
        "change": change,
        "words": words_of(change.query),
        "progress": progress(change),
        "can_be_undone": selector.can_be_undone(change),
        "days": selector.UNDO_DAYS,
    }
    return _page(request, "bulk", context)


@staff_page(BULK)
@require_safe
def bulk_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The bar alone; once the step is done the page loads itself again."""
    return bar(request, progress(get_object_or_404(BulkChange, pk=pk)))


@staff_page(BULK)
@require_POST
def bulk_stop(_request: HttpRequest, pk: int) -> HttpResponse:
    """Change nobody else."""
    bulk.stop(change=get_object_or_404(BulkChange, pk=pk))
    return redirect("staff:bulk", pk)


@staff_page(BULK)
@require_POST
def bulk_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back."""
    try:
        bulk.ask_undo(change=get_object_or_404(BulkChange, pk=pk))
    except BulkRefused as refused:
        messages.warning(request, str(refused))
    return redirect("staff:bulk", pk)


def _page(
    request: HttpRequest, name: str, context: dict[str, Any], form: Form | None = None
) -> HttpResponse:
    context |= {"section": "people"}
    status = 422 if form is not None and form.errors else 200
    return render(request, f"newsletters/staff/{name}.html", context, status=status)
