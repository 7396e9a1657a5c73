"""Pictures that were uploaded. A web server in front may serve the same paths from the disk."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

_TYPES = {"jpg": "image/jpeg", "png": "image/png"}


@require_safe
@cache_control(public=True, max_age=365 * 24 * 3600, immutable=True)
def picture(_request: HttpRequest, folder: str, name: str) -> HttpResponseBase:
    """One file we wrote ourselves; its name is random and its content never changes."""
    try:
        file = default_storage.open(f"{folder}/{name}")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(file, content_type=_TYPES[name.rpartition(".")[2]])
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
