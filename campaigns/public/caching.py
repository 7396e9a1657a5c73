"""What every public page of this app has in common."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

View = Callable[..., HttpResponseBase]


def public_page(view: View) -> View:
    """GET and HEAD only, the same for everybody: caches may keep it, and it carries an ETag."""
    shared = cache_control(public=True, max_age=60, stale_while_revalidate=600)
    page: View = require_safe(conditional_page(shared(view)))
    return page
