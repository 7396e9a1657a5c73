"""People: everybody, or whoever a search finds."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from newsletters.errors import QueryRefused, SegmentRefused
from newsletters.models import BulkKind
from newsletters.selectors import contacts
from newsletters.selectors import people as selector
from newsletters.selectors.people import Size
from newsletters.staff.access import BULK, EXPORT, staff_page
from newsletters.staff.people_search import PER_PAGE, SearchForm, carried, chips, number


@staff_page("newsletters.view_contact")
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody, newest first, or whoever a search finds."""
    form = SearchForm(request.GET)
    context: dict[str, Any] = {
        "section": "people",
        "form": form,
        "can_export": request.user.has_perm(EXPORT),
        "can_change": request.user.has_perm(BULK),
    }
    try:
        context |= _found(request, form)
    except (QueryRefused, SegmentRefused) as refused:
        context["problem"] = "" if form.errors else str(refused)
        return render(request, "newsletters/staff/people.html", context, status=422)
    return render(request, "newsletters/staff/people.html", context)


def _found(request: HttpRequest, form: SearchForm) -> dict[str, Any]:
    found = selector.people(form.query())
    before, after = (number(request.GET.get(name, "")) for name in ("before", "after"))
    page = selector.page(found, size=PER_PAGE, before=before, after=after)
    is_whole = not (page.before or page.after)
    return {
        "page": page,
        "rows": contacts.overview(page.people),
        "size": Size(len(page.people)) if is_whole else selector.size(found),
        "chips": chips(form, request.GET),
        "carried": carried(request.GET),
        "kinds": BulkKind.choices,
    }
