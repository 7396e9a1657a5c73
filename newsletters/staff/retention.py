"""How long everything is kept, what would go now, and when the last run was."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from newsletters.services import retention as service
from newsletters.staff.access import staff_page


@staff_page("newsletters.delete_contact")
@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    """A dry run of every rule; nothing is changed."""
    context = {"section": "people", "standings": service.dry_run()}
    return render(request, "newsletters/staff/retention.html", context)
