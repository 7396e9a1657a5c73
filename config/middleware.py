"""Headers every answer carries, and the answer while the database cannot be used."""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

log = structlog.get_logger("config.middleware")

RETRY_SECONDS = 60

Handler = Callable[[HttpRequest], HttpResponse]


def public_headers(get_response: Handler) -> Handler:
    """Nothing is cached unless a view asked for it; no other site gets a handle on our windows."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "interest-cohort=(), browsing-topics=()")
        return response

    return middleware


class TryLater:
    """A database that is away, busy or full is nobody's mistake: 503, and when to try again.

    What the page had begun to write is undone already.
    """

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, _request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """None for everything else, which is a mistake of ours."""
        if settings.DEBUG or not isinstance(exception, OperationalError):
            return None
        log.error("database_unavailable", reason=str(exception)[:200])
        page = render_to_string("503.html")
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
