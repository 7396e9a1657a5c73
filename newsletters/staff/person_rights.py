"""What the law gives a person: to see what is held of her, and to be forgotten."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from newsletters.errors import AccessRefused
from newsletters.models import Contact
from newsletters.selectors.erasure import was_erased
from newsletters.services import access, erasure
from newsletters.staff.access import acting, staff_page


class EraseForm(forms.Form):
    """One box between a press and what nobody can undo."""

    is_sure = forms.BooleanField(
        label=gettext_lazy("She asked for it, and I know that it cannot be undone."),
        error_messages={
            "required": gettext_lazy("Tick the box if she asked for it. Nothing was erased.")
        },
    )


@staff_page("newsletters.change_contact")
@require_POST
def person_access(request: HttpRequest, pk: int) -> HttpResponse:
    """Mail her the link to everything we hold; nothing is shown here."""
    contact = get_object_or_404(Contact, pk=pk)
    try:
        access.ask(contact=contact, by=acting(request))
    except AccessRefused as error:
        messages.warning(request, str(error))
    else:
        messages.success(
            request, _("The mail is on its way to %(address)s.") % {"address": contact.email}
        )
    return redirect("staff:person", pk=pk)


@staff_page("newsletters.delete_contact")
@require_http_methods(["GET", "HEAD", "POST"])
def person_erase(request: HttpRequest, pk: int) -> HttpResponse:
    """What goes and what stays; a tick and a press, and she is forgotten."""
    if request.method == "POST" and was_erased(pk):
        # The button was pressed twice.
        return _forgotten(request)
    contact = get_object_or_404(Contact, pk=pk)
    form = EraseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        erasure.erase(contact=contact, by=acting(request))
        return _forgotten(request)
    context = {"section": "people", "contact": contact, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "newsletters/staff/person_erase.html", context, status=status)


def _forgotten(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("Forgotten. No import can bring this person back."))
    return redirect("staff:people")
