"""Signs of life of the processes."""

from django.db import models


class Pulse(models.Model):
    """When a part of the program was last seen alive (worker, scheduler)."""

    name = models.CharField(max_length=60, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
