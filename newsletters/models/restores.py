"""How far this database has come: what tells a backup that was put back from what it replaced."""

from django.db import models


class Watermark(models.Model):
    """One row. Each machine with a worker keeps its own copy beside its journals."""

    # When a backup was last put back, in seconds since 1970; 0 before the first time.
    era = models.BigIntegerField(default=0)
    # Rises before any journal is let go.
    height = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.era}/{self.height}"
