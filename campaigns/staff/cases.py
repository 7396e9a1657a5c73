"""Staff pages: the people the campaign stands up for."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.errors import CaseRefused
from campaigns.models import Case
from campaigns.selectors import cases as selectors
from campaigns.services import cases as services
from campaigns.staff.case_forms import CaseForm, EntryFormSet, entries, entry_initial
from newsletters.staff.access import staff_page

PER_PAGE = 50
PERMISSION = "campaigns.change_case"


@staff_page(PERMISSION)
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """All cases by name."""
    page = Paginator(selectors.for_staff(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"section": "actions", "page_obj": page}
    return render(request, "campaigns/staff/case_list.html", context)


@staff_page(PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def case_new(request: HttpRequest) -> HttpResponse:
    """A new case."""
    return _editor(request, None)


@staff_page(PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One person and the timeline."""
    return _editor(request, get_object_or_404(Case, pk=pk))


def _editor(request: HttpRequest, shown: Case | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = CaseForm(data, request.FILES if data is not None else None, instance=shown)
    entry_forms = EntryFormSet(data, prefix="entries", initial=entry_initial(shown))
    if data is not None and form.is_valid() and entry_forms.is_valid():
        try:
            done = services.save(case=form.save(commit=False), entries=entries(entry_forms))
        except CaseRefused as error:
            form.add_error(error.code, error.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("staff:case", pk=done.pk)
    context = {
        "section": "actions",
        "form": form,
        "entry_forms": entry_forms,
        "case": Case.objects.filter(pk=shown.pk).first() if shown else None,
        "is_public": shown is not None and selectors.find_public(shown.slug) is not None,
    }
    return render(request, "campaigns/staff/case.html", context)
