"""Pages that show several apps at once."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    """The front page."""
    return render(request, "pages/home.html")


@login_required
def today(request: HttpRequest) -> HttpResponse:
    """The staff dashboard."""
    return render(request, "pages/today.html", {"section": "today"})


def health(request: HttpRequest) -> JsonResponse:
    """For a load balancer: this process answers."""
    return JsonResponse({"status": "ok"})
