"""What every page behind a link from a mail has in common."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

View = Callable[[HttpRequest, str], HttpResponseBase]


def token_page(view: View) -> View:
    """Wrap a view of ``(request, token)``: no copy kept, no trace in a referrer, no search engine.

    No CSRF check: there is no cookie to borrow, the token in the address is the
    proof, and RFC 8058 section 3.2 forbids asking for more.
    """

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponseBase:
        response = view(request, token)
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(guarded))


def unknown_link(request: HttpRequest) -> HttpResponse:
    """The calm page for a token that is not ours: mistyped, cut short, made up."""
    return render(request, "newsletters/public/unknown_link.html", status=404)
