"""What was learned about receivers, kept so that the next process need not learn it again."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from newsletters.models import ReceiverPace


class Lesson(NamedTuple):
    """A receiving domain ("*": all of them) and its mails a second, None when that is over."""

    domain: str
    per_second: float | None
    reason: str


def of(transport: int) -> list[ReceiverPace]:
    """Everything known about the receivers behind one transport."""
    return list(ReceiverPace.objects.filter(transport=transport))


@transaction.atomic
def save(transport: int, lessons: Iterable[Lesson], workers: int) -> None:
    """Keep what one of ``workers`` processes has learned; the row holds what all may send."""
    now = timezone.now()
    for lesson in lessons:
        mine = ReceiverPace.objects.filter(transport=transport, domain=lesson.domain[:253])
        if lesson.per_second is None:
            mine.delete()
            continue
        ReceiverPace.objects.update_or_create(
            transport_id=transport,
            domain=lesson.domain[:253],
            defaults={
                "per_second": lesson.per_second * max(1, workers),
                "slowed_at": now,
                "reason": lesson.reason,
            },
        )
