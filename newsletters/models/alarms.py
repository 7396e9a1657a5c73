"""What staff must see until it is over."""

from django.db import models


class Alarm(models.Model):
    """Something is wrong with sending. One row for each trouble; raised once, cleared when over."""

    # What it is about: "unproved:<mailing>", "transport:<name>" …
    key = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=20)
    # What the sentence needs: ids, numbers and names of transports; never an address.
    details = models.JSONField(default=dict)
    raised_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("raised_at",)

    def __str__(self) -> str:
        return self.key
