"""One person: what is known, what happened, and what staff may do about it.

Nobody is put on a list here: a consent comes from the person alone.
"""

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from newsletters.errors import EditedMeanwhile
from newsletters.models import Contact
from newsletters.selectors import contacts, custom_fields, merges, timeline
from newsletters.services import contacts as service
from newsletters.services import subscriptions, suppressions
from newsletters.staff.access import acting, staff_page
from newsletters.staff.person_forms import BlockForm, NoteForm, PersonForm, TakeOffForm
from newsletters.states import SubscriptionState, SuppressionReason


@staff_page("newsletters.view_contact")
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Profile, lists, notes, and everything that happened; ``page`` leads to what is older.

    The address of a row that was merged into another leads to that one.
    """
    contact = Contact.objects.filter(pk=pk).first()
    if contact is not None:
        return show(request, contact)
    kept = contacts.merged_into(pk)
    if kept is None:
        raise Http404
    messages.info(request, _("This row was merged into another. Here is the person it became."))
    return redirect("staff:person", pk=kept.pk)


@staff_page("newsletters.change_contact")
@require_http_methods(["GET", "HEAD", "POST"])
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the profile, the tags and the campaign's own fields."""
    contact = get_object_or_404(Contact, pk=pk)
    fields = custom_fields.known()
    if request.method != "POST":
        return _show_form(request, contact, PersonForm(contact=contact, fields=fields))
    form = PersonForm(request.POST, contact=contact, fields=fields)
    if not form.is_valid():
        return _show_form(request, contact, form, status=422)
    try:
        changed = service.edit(
            contact=contact,
            details=form.details(),
            seen=form.cleaned_data["seen"],
            by=acting(request),
        )
    except EditedMeanwhile as error:
        form.add_error(None, str(error))
        contact.refresh_from_db()
        form.show_as_of(contact.updated_at)
        return _show_form(request, contact, form, status=HTTPStatus.CONFLICT)
    messages.success(request, _("Saved.") if changed else _("Nothing was different."))
    return redirect("staff:person", pk=pk)


@staff_page("newsletters.change_contact")
@require_POST
def person_take_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a person off one list, as she asked by mail or telephone."""
    contact = get_object_or_404(Contact, pk=pk)
    form = TakeOffForm(request.POST, contact=contact)
    if form.is_valid():
        mailing_list = form.cleaned_data["mailing_list"]
        subscriptions.take_off(contact=contact, mailing_list=mailing_list, by=acting(request))
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
        return show(request, contact, form, status=422)
    suppressions.block(contact=contact, reason=form.cleaned_data["reason"], by=acting(request))
    messages.success(request, _("Blocked. Nothing goes to this address any more."))
    return redirect("staff:person", pk=pk)


@staff_page("newsletters.add_suppression")
@require_POST
def person_unblock(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the block of staff back."""
    contact = get_object_or_404(Contact, pk=pk)
    if suppressions.unblock(contact=contact, by=acting(request)):
        messages.success(request, _("The block is off. Whatever she decided herself still holds."))
    else:
        messages.warning(request, _("There was no block any more. Nothing was changed."))
    return redirect("staff:person", pk=pk)


def show(
    request: HttpRequest,
    contact: Contact,
    form: BlockForm | NoteForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The person's page, with the one of its forms that could not be kept."""
    others = list(contact.other_addresses.all())
    keys = [contact.address_key, *(other.address_key for other in others)]
    stops = {row.address_key: row for row in contacts.suppressions_of(keys)}
    suppression = stops.get(contact.address_key)
    page = request.GET.get("page", "")
    context = {
        "section": "people",
        "contact": contact,
        "form": form,
        "block_form": form if isinstance(form, BlockForm) else BlockForm(),
        "note_form": form if isinstance(form, NoteForm) else NoteForm(),
        "profile": contacts.profile_of(contact),
        "is_look_alike": contacts.is_look_alike(contact),
        "others": others,
        "subscriptions": contacts.subscriptions_of(contact),
        "active": SubscriptionState.ACTIVE,
        "merges": merges.of(contact),
        "notes": contact.notes.select_related("created_by"),
        "timeline": timeline.of(contact, keys, page=int(page) if _is_small(page) else 1),
        "page": int(page) if _is_small(page) else 1,
        "suppression": suppression,
        "is_blocked": any(row.reason == SuppressionReason.BLOCKED for row in stops.values()),
    }
    return render(request, "newsletters/staff/person.html", context, status=status)


def _is_small(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < len(str(timeline.MOST_PAGES)) + 1


def _show_form(
    request: HttpRequest, contact: Contact, form: PersonForm, status: int = 200
) -> HttpResponse:
    context = {
        "section": "people",
        "contact": contact,
        "form": form,
        "differences": form.differences(contact) if status == HTTPStatus.CONFLICT else [],
    }
    return render(request, "newsletters/staff/person_edit.html", context, status=status)
