"""What the law gives a person: to see what is held of her, and to be forgotten."""

from collections.abc import Sequence
from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from newsletters.errors import AccessRefused
from newsletters.models import Contact
from newsletters.selectors.contacts import spellings_of
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
    also = forms.TypedMultipleChoiceField(
        label=gettext_lazy("The same mailbox under other spellings"),
        help_text=gettext_lazy(
            "They go with her. Untick whoever is somebody else who shares the mailbox."
        ),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": gettext_lazy(
                "One of them is gone meanwhile. Look at who is left. Nothing was erased."
            )
        },
    )

    def __init__(self, data: QueryDict | None, spellings: Sequence[Contact]) -> None:
        """All of ``spellings`` are ticked beforehand; without any the question is not asked."""
        super().__init__(data, initial={"also": [row.pk for row in spellings]})
        cast("forms.TypedMultipleChoiceField", self.fields["also"]).choices = [
            (row.pk, f"{row.email} {row.full_name}".strip()) for row in spellings
        ]


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
    spellings = spellings_of(contact)
    form = EraseForm(request.POST if request.method == "POST" else None, spellings)
    if form.is_bound and form.is_valid():
        also = form.cleaned_data["also"]
        erasure.erase(contact=contact, also=also, by=acting(request))
        return _forgotten(request)
    context = {"section": "people", "contact": contact, "form": form, "spellings": spellings}
    status = 422 if form.is_bound else 200
    return render(request, "newsletters/staff/person_erase.html", context, status=status)


def _forgotten(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("Forgotten. No import can bring this person back."))
    return redirect("staff:people")
