"""How far work in the background is, as the bar shows it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from newsletters.models import BulkChange, BulkState, Export


def progress(work: BulkChange | Export) -> dict[str, Any]:
    """For staff/_progress.html."""
    is_undoing = work.state == BulkState.UNDOING
    total = work.changed if is_undoing and isinstance(work, BulkChange) else work.total
    done, of = (number_format(value, force_grouping=True) for value in (work.done, total))
    return {
        "value": work.done,
        "total": total,
        "done": work.state not in {BulkState.WAITING, BulkState.RUNNING, BulkState.UNDOING},
        "sentence": (_("%(done)s of %(total)s people") if total else _("%(done)s people so far"))
        % {"done": done, "total": of},
    }


def bar(request: HttpRequest, figures: dict[str, Any], url: str = "") -> HttpResponse:
    """The bar alone, asking ``url`` again; once the step is done the page loads itself again."""
    if figures["done"]:
        return HttpResponseClientRefresh()
    return render(request, "staff/_progress.html", figures | {"url": url or request.path})
