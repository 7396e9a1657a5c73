"""Notes on one person."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from newsletters.models import Contact
from newsletters.services import notes
from newsletters.staff.access import acting, staff_page
from newsletters.staff.person import show
from newsletters.staff.person_forms import NoteForm


@staff_page("newsletters.change_contact")
@require_POST
def person_note_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a note."""
    contact = get_object_or_404(Contact, pk=pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return show(request, contact, form, status=422)
    notes.add(contact=contact, text=form.cleaned_data["text"], by=acting(request))
    messages.success(request, _("The note is there."))
    return redirect("staff:person", pk=pk)


@staff_page("newsletters.change_contact")
@require_POST
def person_note_delete(request: HttpRequest, pk: int, note: int) -> HttpResponse:
    """Delete a note for good."""
    row = get_object_or_404(get_object_or_404(Contact, pk=pk).notes, pk=note)
    notes.delete(note=row, by=acting(request))
    messages.success(request, _("The note is deleted."))
    return redirect("staff:person", pk=pk)
