"""Taking people out as a table: say how, wait, download within a day."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newsletters.errors import BulkRefused, QueryRefused, SegmentRefused
from newsletters.models import Export, ExportFormat
from newsletters.resources.tables import FORMATS
from newsletters.selectors import exports as selector
from newsletters.selectors import people
from newsletters.selectors.people import Query
from newsletters.services import exports
from newsletters.staff.access import EXPORT, acting, staff_page
from newsletters.staff.bulk_forms import ExportForm
from newsletters.staff.people_search import carried, chosen, list_of, words_of
from newsletters.staff.work_progress import bar, progress

PER_PAGE = 25


@staff_page(EXPORT)
@require_safe
def export_list(request: HttpRequest) -> HttpResponse:
    """What somebody has taken out, newest first: the way back to a table that was being made."""
    found = selector.mine(acting(request).pk)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return _page(request, "exports", {"page_obj": page})


@staff_page(EXPORT)
def export_new(request: HttpRequest) -> HttpResponse:
    """Who will be in it, and how it is written; a press makes it."""
    data = request.POST if request.method == "POST" else request.GET
    try:
        query = chosen(data)
        if request.method != "POST":
            return _new(request, query, ExportForm())
        form = ExportForm(data)
        return _take(request, query, form) if form.is_valid() else _new(request, query, form)
    except (QueryRefused, SegmentRefused, BulkRefused) as refused:
        messages.warning(request, str(refused))
        return redirect(list_of(data))


def _take(request: HttpRequest, query: Query, form: ExportForm) -> HttpResponse:
    written_as = ExportFormat(form.cleaned_data["format"])
    try:
        made = exports.start(query=query, written_as=written_as, by=acting(request))
    except BulkRefused as refused:
        if refused.code != "format":
            raise
        form.add_error("format", str(refused))
        return _new(request, query, form)
    return redirect("staff:export", made.pk)


def _new(request: HttpRequest, query: Query, form: ExportForm) -> HttpResponse:
    data = request.POST if request.method == "POST" else request.GET
    context = {
        "form": form,
        "carried": carried(data),
        "words": people.describe(query),
        "back": list_of(data),
        "size": people.size(people.people(query)),
    }
    return _page(request, "export_new", context, 422 if form.errors else 200)


@staff_page(EXPORT)
@require_safe
def export_page(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, then the file."""
    export = get_object_or_404(Export.objects.select_related("created_by"), pk=pk)
    context = {"export": export, "progress": progress(export), "words": words_of(export.query)}
    return _page(request, "export", context)


@staff_page(EXPORT)
@require_safe
def export_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The bar alone; once the file is there the page loads itself again."""
    return bar(request, progress(get_object_or_404(Export, pk=pk)))


@staff_page(EXPORT)
@require_safe
def export_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The table itself."""
    export = get_object_or_404(Export, pk=pk)
    file = exports.open_file(export)
    if file is None:
        messages.warning(request, _("This table is gone; it is kept for a day. Take it out again."))
        return redirect("staff:export", pk)
    response = FileResponse(
        file,
        as_attachment=True,
        filename=f"people-{pk}.{export.format}",
        content_type=FORMATS[ExportFormat(export.format)].CONTENT_TYPE,
    )
    response["Cache-Control"] = "no-store"
    return response


@staff_page(EXPORT)
@require_POST
def export_stop(_request: HttpRequest, pk: int) -> HttpResponse:
    """Write no further."""
    exports.stop(export=get_object_or_404(Export, pk=pk))
    return redirect("staff:export", pk)


def _page(
    request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    context |= {"section": "people"}
    return render(request, f"newsletters/staff/{name}.html", context, status=status)
