"""People: find one, see what is known, take her off a list, block her address.

Nobody is put on a list here: a consent comes from the person alone.
"""

from itertools import chain

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newsletters.exports import safe_lines
from newsletters.models import Contact
from newsletters.resources import ContactResource
from newsletters.selectors import contacts
from newsletters.services import subscriptions, suppressions
from newsletters.staff.access import EXPORT, staff_page
from newsletters.staff.people_forms import BlockForm, SearchForm, TakeOffForm
from newsletters.states import SubscriptionState, SuppressionReason

PER_PAGE = 50


@staff_page("newsletters.view_contact")
@require_safe
def people(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Everybody, newest first, or whoever a search finds; with ``csv`` as a table."""
    form = SearchForm(request.GET)
    wanted = form.cleaned_data["q"] if form.is_valid() else ""
    found = contacts.search(wanted)
    if "csv" in request.GET:
        return _download(request, found)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "people",
        "form": form,
        "wanted": wanted,
        "page_obj": page,
        "rows": contacts.overview(page.object_list),
        "can_export": request.user.has_perm(EXPORT),
    }
    return render(request, "newsletters/staff/people.html", context)


def _download(request: HttpRequest, found: QuerySet[Contact]) -> StreamingHttpResponse:
    """One person a row, with the columns an import knows, so that it can be read in again."""
    if not request.user.has_perm(EXPORT):
        raise PermissionDenied
    columns = ContactResource()
    people = found.prefetch_related("tags").iterator(chunk_size=2000)
    rows = chain([columns.get_export_headers()], map(columns.export_resource, people))
    response = StreamingHttpResponse(safe_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="people.csv"'
    return response


@staff_page("newsletters.view_contact")
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: profile, lists, consents, mails."""
    contact = get_object_or_404(Contact, pk=pk)
    return _show(request, contact, BlockForm())


@staff_page("newsletters.change_contact")
@require_POST
def person_take_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a person off one list, as she asked by mail or telephone."""
    contact = get_object_or_404(Contact, pk=pk)
    form = TakeOffForm(request.POST, contact=contact)
    if form.is_valid():
        mailing_list = form.cleaned_data["mailing_list"]
        subscriptions.leave(contact=contact, lists=[mailing_list], method="staff")
        messages.success(request, _("Taken off “%(list)s”.") % {"list": mailing_list.name})
    else:
        messages.warning(request, _("She is not on that list any more. Nothing was changed."))
    return redirect("staff:person", pk=pk)


@staff_page("newsletters.add_suppression")
@require_POST
def person_block(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing at all goes to this address any more."""
    contact = get_object_or_404(Contact, pk=pk)
    form = BlockForm(request.POST)
    if not form.is_valid():
        return _show(request, contact, form, status=422)
    suppressions.suppress(
        address_key=contact.address_key,
        reason=SuppressionReason.BLOCKED,
        detail=form.cleaned_data["reason"],
    )
    messages.success(request, _("Blocked. Nothing goes to this address any more."))
    return redirect("staff:person", pk=pk)


def _show(
    request: HttpRequest, contact: Contact, form: BlockForm, status: int = 200
) -> HttpResponse:
    suppression = contacts.suppression_of(contact)
    context = {
        "section": "people",
        "contact": contact,
        "form": form,
        "profile": contacts.profile_of(contact),
        "subscriptions": contacts.subscriptions_of(contact),
        "active": SubscriptionState.ACTIVE,
        "history": contacts.consent_history(contact)[: contacts.NEWEST],
        "deliveries": contacts.deliveries_of(contact),
        "suppression": suppression,
        "is_blocked": suppression is not None and suppression.reason == SuppressionReason.BLOCKED,
    }
    return render(request, "newsletters/staff/person.html", context, status=status)
