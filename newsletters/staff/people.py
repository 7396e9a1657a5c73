"""People: find one, see what is known, take her off a list, block her address.

Nobody is put on a list here: a consent comes from the person alone.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newsletters.errors import QueryRefused, SegmentRefused
from newsletters.models import BulkKind, Contact, Tag
from newsletters.selectors import contacts
from newsletters.selectors import people as selector
from newsletters.selectors.people import Query, Size
from newsletters.services import subscriptions, suppressions
from newsletters.staff.access import BULK, EXPORT, staff_page
from newsletters.staff.people_forms import BlockForm, TakeOffForm
from newsletters.staff.people_search import PER_PAGE, SearchForm, carried, chips, number
from newsletters.states import SubscriptionState, SuppressionReason

TAGS_OFFERED = 500


@staff_page("newsletters.view_contact")
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody, newest first, or whoever a search finds."""
    form = SearchForm(request.GET)
    context: dict[str, Any] = {
        "section": "people",
        "form": form,
        "known_tags": Tag.objects.values_list("name", flat=True)[:TAGS_OFFERED],
        "can_export": request.user.has_perm(EXPORT),
        "can_change": request.user.has_perm(BULK),
    }
    try:
        context |= _found(request, form.query())
    except (QueryRefused, SegmentRefused) as refused:
        context["problem"] = "" if form.errors else str(refused)
        return render(request, "newsletters/staff/people.html", context, status=422)
    return render(request, "newsletters/staff/people.html", context)


def _found(request: HttpRequest, query: Query) -> dict[str, Any]:
    before, after = (number(request.GET.get(name, "")) for name in ("before", "after"))
    page = selector.page(query, size=PER_PAGE, before=before, after=after)
    is_whole = not (page.before or page.after)
    return {
        "page": page,
        "rows": contacts.overview(page.people),
        "size": Size(len(page.people)) if is_whole else selector.size(query),
        "chips": chips(query, request.GET),
        "carried": carried(request.GET),
        "kinds": BulkKind.choices,
    }


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
