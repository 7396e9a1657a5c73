"""The fields a campaign adds to people: made, changed, put in order, deleted."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from newsletters.errors import FieldRefused
from newsletters.models import CustomField
from newsletters.selectors import custom_fields as selectors
from newsletters.selectors import segment_uses
from newsletters.services import custom_fields as service
from newsletters.staff.access import staff_page
from newsletters.staff.custom_fields_forms import DeleteForm, FieldForm, initial_of


@staff_page("newsletters.view_customfield")
@require_safe
def custom_fields(request: HttpRequest) -> HttpResponse:
    """All fields in their order."""
    context = {"section": "people", "fields": selectors.all_fields()}
    return render(request, "newsletters/staff/custom_fields.html", context)


@staff_page("newsletters.add_customfield")
@require_http_methods(["GET", "HEAD", "POST"])
def custom_field_new(request: HttpRequest) -> HttpResponse:
    """Make a field."""
    form = FieldForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _show(request, form)
    try:
        made = service.create(details=form.details())
    except FieldRefused as error:
        form.add_error(error.code if error.code in form.fields else None, str(error))
        return _show(request, form)
    messages.success(request, _("“%(field)s” is there.") % {"field": made.name})
    return redirect("staff:custom_fields")


@staff_page("newsletters.change_customfield")
@require_http_methods(["GET", "HEAD", "POST"])
def custom_field(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what a field says about itself."""
    field = get_object_or_404(selectors.all_fields(), pk=pk)
    if request.method != "POST":
        return _show(request, FieldForm(initial=initial_of(field)), field)
    form = FieldForm(request.POST)
    if not form.is_valid():
        return _show(request, form, field)
    try:
        service.change(field=field, details=form.details())
    except FieldRefused as error:
        form.add_error(error.code if error.code in form.fields else None, str(error))
        return _show(request, form, field)
    messages.success(request, _("Saved."))
    return redirect("staff:custom_fields")


@staff_page("newsletters.change_customfield")
@require_POST
def custom_field_move(request: HttpRequest, pk: int) -> HttpResponse:
    """One place up, or with ``down`` one place down."""
    field = get_object_or_404(selectors.all_fields(), pk=pk)
    service.move(field=field, up="down" not in request.POST)
    return redirect("staff:custom_fields")


@staff_page("newsletters.delete_customfield")
@require_http_methods(["GET", "HEAD", "POST"])
def custom_field_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how many people have a value; delete the field when that number is typed."""
    field = get_object_or_404(selectors.all_fields(), pk=pk)
    people = selectors.people_with(field).count()
    form = DeleteForm(request.POST if request.method == "POST" else None, people=people)
    if not form.is_valid():
        return _asked(request, field, form, people)
    try:
        service.delete(field=field)
    except FieldRefused as refused:
        form.add_error(None, str(refused))
        return _asked(request, field, form, people)
    messages.success(
        request,
        _("“%(field)s” is deleted. The values are taken off people within the hour.")
        % {"field": field.name},
    )
    return redirect("staff:custom_fields")


def _asked(request: HttpRequest, field: CustomField, form: DeleteForm, people: int) -> HttpResponse:
    """What would be lost, and who asks about it."""
    condition = selectors.condition_of(field.key)
    context = {
        "section": "people",
        "field_row": field,
        "people": people,
        "form": form,
        "segments": segment_uses.segments_asking(condition),
        "drafts": segment_uses.drafts_asking(condition),
        "settled": segment_uses.settled_asking(condition),
    }
    status = 422 if form.is_bound else 200
    return render(request, "newsletters/staff/custom_field_delete.html", context, status=status)


def _show(request: HttpRequest, form: FieldForm, field: CustomField | None = None) -> HttpResponse:
    context = {"section": "people", "form": form, "field_row": field}
    status = 422 if form.errors else 200
    return render(request, "newsletters/staff/custom_field.html", context, status=status)
