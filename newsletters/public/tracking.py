"""Where counted links lead, and the picture that tells that a mail was opened."""

from base64 import b64decode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from newsletters.public.token_page import unknown_link, without_trace
from newsletters.selectors import tracking as selector
from newsletters.services import delivery_events

# A mail program or browser that only looks ahead.
AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
# One transparent point.
PICTURE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@require_safe
@without_trace
def follow(request: HttpRequest, token: str) -> HttpResponseBase:
    """Leads to the page the mail named, whatever becomes of the counting."""
    link = selector.by_token(token)
    if link is None:
        return unknown_link(request)
    if _is_read(request):
        delivery_events.followed(token, agent=request.headers.get("User-Agent", ""))
    # Fixed when the mailing was approved; nothing of the request is in it.
    return HttpResponseRedirect(link.url)


@require_safe
@without_trace
def opened(request: HttpRequest, token: str) -> HttpResponseBase:
    """The same picture for everybody, and whatever the token."""
    if _is_read(request):
        delivery_events.opened(token, agent=request.headers.get("User-Agent", ""))
    return HttpResponse(PICTURE, content_type="image/gif")


def _is_read(request: HttpRequest) -> bool:
    return request.method == "GET" and not any(name in request.headers for name in AHEAD)
