"""People: everybody, or whoever a search finds."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from newsletters.errors import QueryRefused, SegmentRefused, TookTooLong
from newsletters.models import BulkKind
from newsletters.selectors import contacts
from newsletters.selectors import people as selector
from newsletters.selectors.patience import at_most
from newsletters.selectors.people import Size
from newsletters.staff.access import BULK, EXPORT, staff_page
from newsletters.staff.people_search import PER_PAGE, SearchForm, carried, chips, number

# Nearly every search is answered in a tenth of it; a segment may ask for more than a page can.
PATIENCE_S = 3.0


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
    except TookTooLong:
        context["chips"] = chips(form, request.GET)
        context["problem"] = _(
            "Finding these people takes longer than a page can wait. Narrow the search down, or "
            "take something away from it."
        )
    return render(request, "newsletters/staff/people.html", context)


def _found(request: HttpRequest, form: SearchForm) -> dict[str, Any]:
    found = selector.people(form.query())
    before, after = (number(request.GET.get(name, "")) for name in ("before", "after"))
    with at_most(PATIENCE_S):
        page = selector.page(found, size=PER_PAGE, before=before, after=after)
        is_whole = not (page.before or page.after)
        size = Size(len(page.people)) if is_whole else selector.size(found)
    return {
        "page": page,
        "rows": contacts.overview(page.people),
        "size": size,
        "chips": chips(form, request.GET),
        "carried": carried(request.GET),
        "kinds": BulkKind.choices,
    }
