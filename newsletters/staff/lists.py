"""Lists: what there is, how many are on them, how they grow, and what they say."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from newsletters.errors import ListRefused
from newsletters.models import MailingList
from newsletters.selectors import lists as selector
from newsletters.selectors import sender_domains
from newsletters.selectors.lists import Month
from newsletters.services import lists as service
from newsletters.staff.access import staff_page
from newsletters.staff.list_forms import ListForm

# A month is ten units wide in the picture of growth, its bars eight.
MONTH_WIDTH = 10


@dataclass(frozen=True)
class Bar:
    """One month in the picture: who joined above the line, who left below it."""

    month: Month
    x: int
    top: int


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
        usual = {"is_public": True, "double_opt_in": True, "sends_welcome": True}
        return _show(request, ListForm(initial=usual))
    form = ListForm(request.POST)
    if form.is_valid():
        try:
            made = service.create(details=form.details())
        except ListRefused as error:
            form.add_error(error.code, error.message)
        else:
            messages.success(request, _("“%(list)s” is there.") % {"list": made.name})
            return redirect("staff:lists")
    return _show(request, form, status=422)


@staff_page("newsletters.change_mailinglist")
def list_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """How a list stands and grows, and what it says about itself."""
    mailing_list = get_object_or_404(selector.with_counts(), pk=pk)
    initial = ListForm.initial_of(mailing_list)
    if request.method != "POST":
        return _show(request, ListForm(initial=initial), mailing_list)
    form = ListForm(request.POST, initial=initial)
    if form.is_valid():
        try:
            service.change(mailing_list=mailing_list, details=form.details())
        except ListRefused as error:
            form.add_error(error.code, error.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("staff:list", pk=pk)
    return _show(request, form, mailing_list, status=422)


def _show(
    request: HttpRequest,
    form: ListForm,
    mailing_list: MailingList | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"section": "lists", "form": form, "list": mailing_list}
    if mailing_list is not None:
        context |= _figures(mailing_list)
    return render(request, "newsletters/staff/list.html", context, status=status)


def _figures(mailing_list: MailingList) -> dict[str, Any]:
    months = selector.growth(mailing_list)
    highest = max(month.joined for month in months)
    return {
        "bars": [
            Bar(month, x=number * MONTH_WIDTH + 1, top=highest - month.joined)
            for number, month in enumerate(months)
        ],
        "line": highest,
        "width": len(months) * MONTH_WIDTH,
        "height": highest + max(month.left for month in months),
        "joined": sum(month.joined for month in months),
        "left": sum(month.left for month in months),
        "since": months[0].first,
        "is_unsigned": bool(mailing_list.sender_email)
        and sender_domains.is_left_unsigned(mailing_list.sender_email),
    }
