"""Whether opens and clicks of a mailing are counted: asked on a page of its own, off until then."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from newsletters.errors import MailingRefused
from newsletters.models import Mailing
from newsletters.services import tracking
from newsletters.staff.access import staff_page
from newsletters.staff.tracking_forms import TrackingForm
from newsletters.states import MailingKind, MailingState


@staff_page("newsletters.change_mailing")
def mailing_tracking(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch counting on or off; where it may not be, the reason, and only the way to off."""
    found = get_object_or_404(Mailing, pk=pk)
    if request.method != "POST" and not _is_open(found):
        return redirect("staff:mailing", pk)
    form = TrackingForm(
        request.POST if request.method == "POST" else None, initial=TrackingForm.initial_of(found)
    )
    if form.is_valid():
        try:
            tracking.switch(mailing=found, **form.cleaned_data)
        except MailingRefused as refused:
            messages.error(request, str(refused))
            return redirect("staff:mailing_tracking", pk)
        messages.success(request, _("Saved."))
        return redirect("staff:mailing", pk)
    context = {
        "section": "mailings",
        "mailing": found,
        "form": form,
        "refused": tracking.allowed(found),
    }
    return render(request, "newsletters/staff/mailing_tracking.html", context)


def _is_open(mailing: Mailing) -> bool:
    return mailing.state == MailingState.DRAFT and mailing.kind != MailingKind.DIGEST
