"""Staff pages: the offices supporters write to."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.models import Target
from campaigns.services import targets as services
from campaigns.staff.target_forms import TargetForm
from newsletters.staff.access import staff_page

PER_PAGE = 50
PERMISSION = "campaigns.change_target"


@staff_page(PERMISSION)
@require_safe
def targets(request: HttpRequest) -> HttpResponse:
    """All targets; those that cannot be reached say why."""
    page = Paginator(Target.objects.all(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"section": "actions", "page_obj": page}
    return render(request, "campaigns/staff/target_list.html", context)


@staff_page(PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def target_new(request: HttpRequest) -> HttpResponse:
    """A new target."""
    return _editor(request, None)


@staff_page(PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def target(request: HttpRequest, pk: int) -> HttpResponse:
    """One target; a dead one can be told to work again."""
    shown = get_object_or_404(Target, pk=pk)
    if request.method == "POST" and "revive" in request.POST:
        services.revive(target=shown)
        messages.success(request, _("This office can be written to again."))
        return redirect("staff:target", pk=pk)
    return _editor(request, shown)


def _editor(request: HttpRequest, shown: Target | None) -> HttpResponse:
    form = TargetForm(request.POST if request.method == "POST" else None, instance=shown)
    if request.method == "POST" and form.is_valid():
        done = services.save(target=form.target())
        messages.success(request, _("Saved."))
        return redirect("staff:target", pk=done.pk)
    context = {
        "section": "actions",
        "form": form,
        "target": Target.objects.filter(pk=shown.pk).first() if shown else None,
    }
    return render(request, "campaigns/staff/target.html", context)
