"""Addresses and people left alone. Outlives the contact: holds keyed hashes, no address."""

from django.db import models

from newsletters.states import SuppressionReason, SuppressionScope


class Suppression(models.Model):
    """One address that is left alone."""

    address_key = models.CharField(max_length=32, unique=True)
    scope = models.CharField(max_length=8, choices=SuppressionScope.choices)
    reason = models.CharField(max_length=12, choices=SuppressionReason.choices)
    detail = models.CharField(max_length=200, blank=True)
    # Further reasons, with commas: what is left of the row when staff take their block off.
    covered = models.CharField(max_length=80, blank=True)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"Suppression {self.pk}"


class Forgotten(models.Model):
    """Somebody who asked to be forgotten, by whichever spelling of her address she may come back.

    A sheet that knows her as a.nna+x@ must not revive her. Mail is never decided by this row.
    """

    person_key = models.CharField(max_length=32, unique=True)
    since = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Forgotten {self.pk}"
