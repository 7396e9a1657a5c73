"""A button that is pressed twice, by a hand that trembles or a page that is slow, acts once."""

from datetime import timedelta
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.utils import timezone

from newsletters.models import BulkChange, BulkState, Export

# Longer than a page takes; shorter than it takes to mean the same once more.
AGAIN = timedelta(seconds=30)
_STANDS = (BulkState.WAITING, BulkState.RUNNING, BulkState.DONE)

Work = TypeVar("Work", BulkChange, Export)


def first(model: type[Work], by: User, **asked: Any) -> Work | None:
    """The same work asked for by the same person half a minute ago or less, unless it was stopped.

    Call it in the transaction that would start the work: presses of one person
    wait for each other here.
    """
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    lately = model.objects.filter(
        created_by=by, created_at__gt=timezone.now() - AGAIN, state__in=_STANDS
    )
    return next(
        (row for row in lately if all(getattr(row, name) == asked[name] for name in asked)), None
    )
