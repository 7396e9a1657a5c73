"""Import pages: upload, columns, dry run, report. Each view calls one service."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newsletters.errors import ImportRefused
from newsletters.exports import csv_lines
from newsletters.imports.layout import column_of, from_json
from newsletters.imports.sentences import REFUSED_HEADING
from newsletters.models import ImportJob
from newsletters.selectors.imports import can_be_undone, jobs, refused_table
from newsletters.services import imports
from newsletters.staff import import_report
from newsletters.staff.access import acting, staff_page
from newsletters.staff.downloads import csv_file
from newsletters.staff.import_forms import LayoutForm, UploadForm
from newsletters.staff.import_mapping import MappingForm
from newsletters.staff.import_pace import Since
from newsletters.staff.work_progress import bar
from newsletters.states import ImportState

PERMISSION = "newsletters.add_importjob"
PER_PAGE = 25
# The code of a refusal that comes too late.
STARTED = "state"
_EARLY = {ImportState.UPLOADED, ImportState.CHECKING, ImportState.CHECKED, ImportState.FAILED}


@staff_page(PERMISSION)
@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    """All imports, newest first."""
    page = Paginator(jobs(), PER_PAGE).get_page(request.GET.get("page"))
    return _page(request, "imports", {"page_obj": page})


@staff_page(PERMISSION)
def import_new(request: HttpRequest) -> HttpResponse:
    """Choose a file."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        try:
            job = imports.create(file=form.upload(), user=acting(request))
        except ImportRefused as refused:
            form.refuse(str(refused))
        else:
            return redirect("staff:import_map", job.pk)
    status = 422 if form.errors else 200
    return _page(request, "import_new", {"form": form}, status=status)


@staff_page(PERMISSION)
def import_map(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what the columns are and where the people come from; start the dry run."""
    job = get_object_or_404(ImportJob, pk=pk)
    if job.state not in {ImportState.UPLOADED, ImportState.CHECKED} or not job.stored_name:
        return redirect("staff:import_check", pk)
    found = LayoutForm.as_found(job)
    if request.method != "POST":
        return _map_page(request, job, found, _mapping_form(request, job))
    layout_form = LayoutForm(request.POST, job=job)
    form = _mapping_form(request, job, request.POST)
    # Nobody checks a file in another way than the page shows.
    if "look" in request.POST or layout_form.is_changed():
        return _look_again(request, job, layout_form, form)
    if found.errors:
        return _map_page(request, job, found, _kept(request, job, form))
    if form.is_valid():
        try:
            imports.map_columns(job=job, choices=form.choices())
        except ImportRefused as refused:
            if refused.code == STARTED:
                return _show_where_it_is(request, job, refused)
            form.refuse(refused.code, str(refused))
        else:
            return redirect("staff:import_check", pk)
    return _map_page(request, job, found, form)


@staff_page(PERMISSION)
@require_safe
def import_check(request: HttpRequest, pk: int) -> HttpResponse:
    """The dry run: how far it is, then what it found."""
    job = get_object_or_404(ImportJob, pk=pk)
    if job.state not in _EARLY:
        return redirect("staff:import_report", pk)
    if not job.stored_name:
        return _page(request, "import_gone", {"job": job})
    if job.state == ImportState.UPLOADED:
        return redirect("staff:import_map", pk)
    return _page(request, "import_check", _figures(job))


@staff_page(PERMISSION)
@require_safe
def import_report_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What was written, and the way back."""
    job = get_object_or_404(ImportJob, pk=pk)
    if job.state in _EARLY:
        return redirect("staff:import_check", pk)
    context = _figures(job) | {
        "can_be_undone": can_be_undone(job, imports.UNDO_DAYS),
        "is_unfinished": import_report.is_unfinished(job),
    }
    return _page(request, "import_report", context)


@staff_page(PERMISSION)
@require_safe
def import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The bar alone; once the step is done the page loads itself again."""
    job = get_object_or_404(ImportJob, pk=pk)
    figures = import_report.progress(job)
    since = Since.read(request.GET, job)
    figures["sentence"] = " ".join(filter(None, (figures["sentence"], since.left(job, figures))))
    return bar(request, figures, f"{request.path}?{since.query()}")


@staff_page(PERMISSION)
@require_safe
def import_refused(_request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The refused rows as a sheet that can be mended and uploaded again."""
    job = get_object_or_404(ImportJob, pk=pk)
    heading = [str(word) for word in REFUSED_HEADING]
    return csv_file(csv_lines(refused_table(job, heading)), f"refused-rows-{job.pk}.csv")


@staff_page(PERMISSION)
@require_POST
def import_apply(_request: HttpRequest, pk: int) -> HttpResponse:
    """Write the people."""
    return _do(pk, imports.go)


@staff_page(PERMISSION)
@require_POST
def import_stop(_request: HttpRequest, pk: int) -> HttpResponse:
    """Stop, or throw the upload away."""
    return _do(pk, imports.stop)


@staff_page(PERMISSION)
@require_POST
def import_undo(_request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what was written."""
    return _do(pk, imports.ask_undo)


def _do(pk: int, service: Any) -> HttpResponse:
    """A press that comes too late shows the page as it stands now."""
    job = get_object_or_404(ImportJob, pk=pk)
    with suppress(ImportRefused):
        service(job=job)
    return redirect("staff:import_report", pk)


def _look_again(
    request: HttpRequest, job: ImportJob, layout_form: LayoutForm, before: MappingForm
) -> HttpResponse:
    """The same page, because answers that are not finished are kept nowhere but on it."""
    if layout_form.is_valid():
        try:
            imports.lay_out(job=job, wishes=layout_form.wishes())
        except ImportRefused as refused:
            if refused.code == STARTED:
                return _show_where_it_is(request, job, refused)
            layout_form.refuse(refused.code, str(refused))
        else:
            layout_form = LayoutForm.as_found(job)
            messages.success(request, _said_again(request))
    form = _kept(request, job, before)
    return _map_page(request, job, layout_form, form, is_read_again=True)


def _show_where_it_is(request: HttpRequest, job: ImportJob, refused: ImportRefused) -> HttpResponse:
    """Somebody, or the same person in another tab, was faster: there is nothing to mend here."""
    messages.warning(request, str(refused))
    return redirect("staff:import_check", job.pk)


def _said_again(request: HttpRequest) -> str:
    if "look" in request.POST:
        return _("The file was read again. Look at the columns; your other answers stay.")
    return _(
        "You changed how the file is read, so it was read again, and nothing is checked yet. "
        "Look at the columns, then check the rows; your other answers stay."
    )


def _kept(request: HttpRequest, job: ImportJob, before: MappingForm) -> MappingForm:
    form = _mapping_form(request, job)
    form.keep(before)
    return form


def _mapping_form(
    request: HttpRequest, job: ImportJob, data: QueryDict | None = None
) -> MappingForm:
    recalled = imports.recall(from_json(job.layout))
    makes_fields = request.user.has_perm("newsletters.add_customfield")
    return MappingForm(data, job=job, recalled=recalled, makes_fields=makes_fields)


def _map_page(
    request: HttpRequest,
    job: ImportJob,
    layout_form: LayoutForm,
    form: MappingForm,
    *,
    is_read_again: bool = False,
) -> HttpResponse:
    layout = from_json(job.layout)
    columns = [
        {"field": field, "cells": column_of(layout, at)[:3]}
        for at, field in enumerate(form.column_fields())
    ]
    context = {
        "job": job,
        "form": form,
        "layout_form": layout_form,
        "columns": columns,
        "is_read_again": is_read_again,
        "notes": import_report.notes(job),
    }
    is_refused = request.method == "POST" and (form.errors or layout_form.errors)
    status = 422 if is_refused else 200
    return _page(request, "import_map", context, status=status)


def _figures(job: ImportJob) -> dict[str, Any]:
    return {
        "job": job,
        "parts": import_report.parts(job),
        "samples": import_report.samples(job),
        "warnings": import_report.warnings(job),
        "notes": import_report.notes(job),
        "summary": import_report.summary(job),
        "to_change": import_report.to_change(job),
        "progress": import_report.progress(job),
    }


def _page(
    request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    context |= {"section": "imports"}
    return render(request, f"newsletters/staff/{name}.html", context, status=status)
