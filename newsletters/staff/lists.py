"""Lists: what there is, how many are on them, what they are called."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from newsletters.models import MailingList
from newsletters.selectors import lists as selector
from newsletters.services import lists as service
from newsletters.staff.access import staff_page
from newsletters.staff.people_forms import ListForm


@staff_page("newsletters.view_mailinglist")
@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """All lists with how many are on, wait, and have left."""
    context = {"section": "lists", "lists": selector.with_counts()}
    return render(request, "newsletters/staff/lists.html", context)


@staff_page("newsletters.add_mailinglist")
def list_new(request: HttpRequest) -> HttpResponse:
    """Start a list."""
    if request.method != "POST":
        return _show(request, ListForm(initial={"is_public": True}))
    form = ListForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    made = service.create(details=form.details())
    messages.success(request, _("“%(list)s” is there.") % {"list": made.name})
    return redirect("staff:lists")


@staff_page("newsletters.change_mailinglist")
def list_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what a list says about itself."""
    mailing_list = get_object_or_404(selector.with_counts(), pk=pk)
    if request.method != "POST":
        return _show(request, ListForm(initial=vars(mailing_list)), mailing_list)
    form = ListForm(request.POST)
    if not form.is_valid():
        return _show(request, form, mailing_list, status=422)
    service.change(mailing_list=mailing_list, details=form.details())
    messages.success(request, _("Saved."))
    return redirect("staff:lists")


def _show(
    request: HttpRequest,
    form: ListForm,
    mailing_list: MailingList | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"section": "lists", "form": form, "list": mailing_list}
    return render(request, "newsletters/staff/list.html", context, status=status)
