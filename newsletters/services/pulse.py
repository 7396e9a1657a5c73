"""Signs of life, and what was last done when: rows, because a scheduler that restarts forgets."""

from datetime import datetime, timedelta

from django.utils import timezone

from newsletters.models import Pulse

DAY = timedelta(days=1)


def note(name: str) -> None:
    """``name`` is alive now."""
    Pulse.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})


def last(name: str) -> datetime | None:
    """When ``name`` was last alive, or None."""
    return Pulse.objects.filter(name=name).values_list("seen_at", flat=True).first()


def is_due(name: str, every: timedelta) -> bool:
    """True for exactly one caller when ``name`` was last done at least ``every`` ago, or never."""
    now = timezone.now()
    row, created = Pulse.objects.get_or_create(name=name, defaults={"seen_at": now})
    if created:
        return True
    return bool(Pulse.objects.filter(pk=row.pk, seen_at__lte=now - every).update(seen_at=now))
