"""The addresses of one person: the one we write to, and those she is found by."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from newsletters.errors import AddressRefused
from newsletters.models import Contact
from newsletters.selectors import contacts
from newsletters.services import addresses
from newsletters.staff.access import acting, staff_page
from newsletters.staff.person_forms import AddressForm


@staff_page("newsletters.change_contact")
@require_http_methods(["GET", "HEAD", "POST"])
def person_addresses(request: HttpRequest, pk: int) -> HttpResponse:
    """All her addresses, and a form for one more."""
    contact = get_object_or_404(Contact, pk=pk)
    if request.method != "POST":
        return _show(request, contact, AddressForm())
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _show(request, contact, form, status=422)
    by, address = acting(request), form.cleaned_data["email"]
    try:
        if form.cleaned_data["use"] == "first":
            addresses.change(contact=contact, address=address, by=by)
            messages.success(request, _("Mail goes to this address from now on."))
        else:
            addresses.add(contact=contact, address=address, by=by)
            messages.success(request, _("She is found by this address, too."))
            _say_if_left_alone(request, contact)
    except AddressRefused as error:
        form.add_error("email", str(error))
        return _show(request, contact, form, status=422)
    return redirect("staff:person_addresses", pk=pk)


@staff_page("newsletters.change_contact")
@require_POST
def person_address_first(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Write to this one of her addresses from now on."""
    row = get_object_or_404(get_object_or_404(Contact, pk=pk).other_addresses, pk=other)
    try:
        addresses.make_first(other=row, by=acting(request))
    except AddressRefused as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Mail goes to this address from now on."))
    return redirect("staff:person_addresses", pk=pk)


@staff_page("newsletters.change_contact")
@require_POST
def person_address_remove(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """She is no longer found by this address."""
    row = get_object_or_404(get_object_or_404(Contact, pk=pk).other_addresses, pk=other)
    addresses.remove(other=row, by=acting(request))
    messages.success(request, _("Removed. She is not found by this address any more."))
    return redirect("staff:person_addresses", pk=pk)


def _say_if_left_alone(request: HttpRequest, contact: Contact) -> None:
    if contacts.suppressions_of([contact.address_key]).exists():
        messages.warning(
            request,
            _(
                "Nothing goes to this person: one of her addresses is left alone. Her page says "
                "why."
            ),
        )


def _show(
    request: HttpRequest, contact: Contact, form: AddressForm, status: int = 200
) -> HttpResponse:
    context = {
        "section": "people",
        "contact": contact,
        "form": form,
        "others": contact.other_addresses.all(),
    }
    return render(request, "newsletters/staff/person_addresses.html", context, status=status)
