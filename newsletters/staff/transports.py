"""Ways out: how each does, its share and limits, and the paces receiving domains taught us."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newsletters.errors import TransportRefused
from newsletters.models import ReceiverPace, Transport
from newsletters.selectors import paces
from newsletters.services import transports as service
from newsletters.staff import transport_page
from newsletters.staff.access import staff_page
from newsletters.staff.transport_forms import TransportForm
from newsletters.staff.transport_page import WayOut

CHANGE = "newsletters.change_transport"


@staff_page(CHANGE)
@require_safe
def transports(request: HttpRequest) -> HttpResponse:
    """All ways out and the domains that asked for patience."""
    ways = transport_page.ways()
    context = {
        "section": "transports",
        "ways": ways,
        "waiting": transport_page.waiting(),
        "paces": paces.learned([way.row.pk for way in ways]),
        "paces_count": paces.count([way.row.pk for way in ways]),
    }
    return render(request, "newsletters/staff/transports.html", context)


@staff_page(CHANGE)
def transport(request: HttpRequest, pk: int) -> HttpResponse:
    """Share, limits and domains of one way out."""
    ways = transport_page.ways()
    way = _found(ways, pk)
    form = TransportForm(request.POST if request.method == "POST" else None, transport=way.row)
    if request.method == "POST" and form.is_valid():
        try:
            service.change(transport=way.row, plan=form.plan())
        except TransportRefused as refused:
            form.add_error(refused.code, str(refused))
        else:
            messages.success(request, _("Saved. It holds for every worker within a minute."))
            return redirect("staff:transports")
    context = {"section": "transports", "way": way, "form": form, "is_alone": len(ways) == 1}
    status = 422 if form.errors else 200
    return render(request, "newsletters/staff/transport.html", context, status=status)


@staff_page(CHANGE)
@require_POST
def transport_try(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a resting way out now."""
    found = get_object_or_404(Transport, pk=pk)
    if service.try_now(transport=found):
        sentence = _("%(name)s is tried with the next mail, in a few seconds.")
        messages.success(request, sentence % {"name": found.name})
    else:
        messages.info(request, _("%(name)s does not rest any more.") % {"name": found.name})
    return redirect("staff:transports")


@staff_page(CHANGE)
@require_POST
def pace_forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Send to a receiving domain at full speed again."""
    domain = ReceiverPace.objects.filter(pk=pk).values_list("domain", flat=True).first()
    if domain and service.forget_pace(pk=pk):
        sentence = _("%(domain)s: full speed again, until somebody asks for patience.")
        named = _("Every domain") if domain == "*" else domain
        messages.success(request, sentence % {"domain": named})
    else:
        messages.info(request, _("That domain has full speed already."))
    return redirect("staff:transports")


def _found(ways: list[WayOut], pk: int) -> WayOut:
    """Only a declared one has a page."""
    for way in ways:
        if way.row.pk == pk:
            return way
    raise Http404
