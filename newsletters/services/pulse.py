"""Signs of life: whether the scheduler rings and a worker answers."""

from datetime import datetime

from django.utils import timezone

from newsletters.models import Pulse


def note(name: str) -> None:
    """``name`` is alive now."""
    Pulse.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})


def last(name: str) -> datetime | None:
    """When ``name`` was last alive, or None."""
    return Pulse.objects.filter(name=name).values_list("seen_at", flat=True).first()
