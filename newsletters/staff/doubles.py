"""Rows that may be one person: found, compared, made one, parted again."""

from http import HTTPStatus

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from newsletters.errors import MergeRefused
from newsletters.models import Contact, Merge
from newsletters.selectors import contacts, custom_fields, people
from newsletters.selectors import doubles as selector
from newsletters.selectors import merges as merges_selector
from newsletters.selectors.people import Query
from newsletters.services import doubles as service
from newsletters.services import merges
from newsletters.staff.access import acting, staff_page
from newsletters.staff.doubles_forms import MergeForm, WithForm

FOUND = 20


@staff_page("newsletters.change_contact")
@require_safe
def doubles(request: HttpRequest) -> HttpResponse:
    """The likely pairs, the surest first, and what was merged lately."""
    page = Paginator(selector.found(), selector.PER_PAGE).get_page(request.GET.get("page"))
    walk = selector.walk()
    context = {
        "section": "people",
        "page_obj": page,
        "pairs": selector.likely(list(page.object_list)),
        "walk": walk,
        "percent": selector.percent(walk) if walk else 0,
        "merges": merges_selector.recent(),
    }
    return render(request, "newsletters/staff/doubles.html", context)


@staff_page("newsletters.change_contact")
@require_POST
def doubles_look(request: HttpRequest) -> HttpResponse:
    """Look at everybody again now."""
    service.ask()
    messages.success(request, _("We are looking. Come back in a minute or two."))
    return redirect("staff:doubles")


@staff_page("newsletters.change_contact")
@require_http_methods(["GET", "HEAD", "POST"])
def double(request: HttpRequest, first: int, second: int) -> HttpResponse:
    """Two people side by side; POST makes them one."""
    people_ = _two(first, second)
    if people_ is None:
        kept = merges_selector.one_of(first, second) if request.method == "POST" else None
        if kept is not None:
            # The button was pressed twice.
            return _are_one(request, kept)
        messages.warning(request, _("One of the two is not here any more. Nothing was changed."))
        return redirect("staff:doubles")
    one, other = people_
    differences = merges_selector.differences(one, other, custom_fields.known())
    form = MergeForm(
        request.POST if request.method == "POST" else None,
        first=one,
        second=other,
        differences=differences,
    )
    if request.method != "POST" or not form.is_valid():
        return _compare(request, one, other, form)
    pair = form.pair()
    try:
        merges.merge(pair=pair, choices=form.choices(), by=acting(request))
    except MergeRefused as error:
        messages.warning(request, str(error))
        return redirect("staff:doubles")
    return _are_one(request, pair.kept.pk)


@staff_page("newsletters.change_contact")
@require_POST
def double_different(request: HttpRequest, first: int, second: int) -> HttpResponse:
    """These are two people; the pair is not shown again."""
    found = _two(first, second)
    if found is not None:
        service.say_different(one=found[0], other=found[1])
    messages.success(request, _("Remembered. These two are not shown as doubles again."))
    return redirect("staff:doubles")


@staff_page("newsletters.change_contact")
@require_safe
def double_with(request: HttpRequest, pk: int) -> HttpResponse:
    """Find the other row of this person by name or address."""
    contact = get_object_or_404(Contact, pk=pk)
    form = WithForm(request.GET if "q" in request.GET else None)
    rows = None
    if form.is_bound and form.is_valid():
        found = people.people(Query(text=form.cleaned_data["q"])).exclude(pk=pk)
        rows = contacts.overview(people.page(found, size=FOUND).people)
    context = {"section": "people", "contact": contact, "form": form, "rows": rows, "most": FOUND}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "newsletters/staff/double_with.html", context, status=status)


@staff_page("newsletters.change_contact")
@require_POST
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Two people again."""
    row = get_object_or_404(Merge, pk=pk)
    try:
        gone = merges.undo(merge=row, by=acting(request))
    except MergeRefused as error:
        messages.warning(request, str(error))
    else:
        if gone is None:
            messages.success(request, _("This merge was undone already."))
        else:
            messages.success(request, _("They are two people again. This is the other one."))
            return redirect("staff:person", pk=gone.pk)
    return redirect("staff:person", pk=row.kept_id) if row.kept_id else redirect("staff:doubles")


def _two(first: int, second: int) -> tuple[Contact, Contact] | None:
    # Not by in_bulk(): of a number no database holds it makes an error.
    found = Contact.objects.filter(Q(pk=first) | Q(pk=second)).order_by("pk")
    rows = list(found.prefetch_related("tags", "other_addresses"))
    return (rows[0], rows[1]) if len(rows) > 1 else None


def _are_one(request: HttpRequest, kept: int) -> HttpResponse:
    messages.success(request, _("The two are one now. You can undo this for 30 days."))
    return redirect("staff:person", pk=kept)


def _compare(
    request: HttpRequest, first: Contact, second: Contact, form: MergeForm
) -> HttpResponse:
    context = {
        "section": "people",
        "first": first,
        "second": second,
        "form": form,
        "reason": selector.reason_of(first, second),
        "are_different": selector.are_different(first, second),
        "outlook": merges_selector.outlook(first, second),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "newsletters/staff/double.html", context, status=status)
