"""Addresses that must not be written to. Outlives the contact: holds a keyed hash, no address."""

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
