"""Where the links of a test mail lead."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def test_link(request: HttpRequest) -> HttpResponse:
    """Says that this was a test and that nothing was changed."""
    return render(request, "newsletters/public/test_link.html")
