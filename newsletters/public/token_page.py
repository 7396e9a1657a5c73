"""What every page behind a link from a mail has in common."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from newsletters import tokens
from newsletters.models import Contact
from newsletters.selectors import contacts
from newsletters.services import links

View = Callable[[HttpRequest, str], HttpResponseBase]
OwnView = Callable[[HttpRequest, Contact, str], HttpResponse]


def without_trace(view: View) -> View:
    """Wrap a view of ``(request, token)``: no copy is kept, no trace in a referrer, no search."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponseBase:
        response = view(request, token)
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return guarded


def token_page(view: View) -> View:
    """Wrap a view as ``without_trace`` does, and for a button on its page.

    No CSRF check: there is no cookie to borrow, the token in the address is the
    proof, and RFC 8058 section 3.2 forbids asking for more.
    """
    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(without_trace(view)))


def own_page(view: OwnView) -> View:
    """Wrap a view of ``(request, contact, token)`` that only a person's own fresh link opens.

    An old one leads to the offer of a fresh one, without any data.
    """

    @token_page
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        bearer = contacts.bearer(tokens.PREFERENCES, token, hours=links.PREFERENCES_HOURS)
        if bearer is None:
            return unknown_link(request)
        if bearer.contact is None or not bearer.is_fresh:
            return offer_fresh_link(request, token)
        return view(request, bearer.contact, token)

    return opened


def offer_fresh_link(request: HttpRequest, token: str) -> HttpResponse:
    """One button that mails a fresh link to her page."""
    return render(request, "newsletters/public/fresh_link.html", {"token": token})


def unknown_link(request: HttpRequest) -> HttpResponse:
    """The calm page for a token that is not ours: mistyped, cut short, made up."""
    return render(request, "newsletters/public/unknown_link.html", status=404)
