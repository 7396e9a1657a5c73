"""How far work on many people is, as the bar shows it."""

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

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
        "sentence": _("%(done)s of %(total)s people") % {"done": done, "total": of},
    }
