"""Who may open a staff page."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from newsletters.models import Contact

Params = ParamSpec("Params")
View = Callable[Concatenate[HttpRequest, Params], HttpResponseBase]

# The right to take names and addresses out of the house.
EXPORT = "newsletters.export_contact"
# The right to change many people at once.
BULK = "newsletters.add_bulkchange"


def staff_page(permission: str) -> Callable[[View[Params]], View[Params]]:
    """Let in only who has ``permission`` ("newsletters.view_contact").

    A visitor who is not logged in comes to the login page and back; somebody
    logged in without the permission gets 403, because another login would
    only send her in a circle. A person who is gone in this moment is not found.
    """

    def decorate(view: View[Params]) -> View[Params]:
        @wraps(view)
        def guarded(
            request: HttpRequest, /, *args: Params.args, **kwargs: Params.kwargs
        ) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not request.user.has_perm(permission):
                raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except Contact.DoesNotExist as gone:
                # Erased or made one with another between the look and the write.
                raise Http404 from gone

        return guarded

    return decorate


def acting(request: HttpRequest) -> User:
    """Who presses the button; ``staff_page`` lets nobody in who is not logged in."""
    return cast("User", request.user)
