"""Counters behind rate limits. Keys are hashes under a key of the day: no address, no IP."""

from django.db import models


class Limit(models.Model):
    """How often something happened in one window."""

    key = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key[:8]


class DayKey(models.Model):
    """The key rate-limit counters are hashed under on one day; destroyed after 48 hours."""

    day = models.DateField(unique=True)
    key = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.day}"
