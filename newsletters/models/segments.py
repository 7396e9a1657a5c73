"""Segments: saved questions about people, as data."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Segment(models.Model):
    """A rule tree of known conditions; ``selectors.segments`` validates and compiles it."""

    name = models.CharField(_("name"), max_length=120)
    rule = models.JSONField(default=dict)
    description = models.CharField(_("what it is for"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # When its rule was last another one: a count begun before is not noted.
    changed_at = models.DateTimeField(default=timezone.now)
    # How many people answered, and when that was asked; no number where it could not be told.
    counted = models.PositiveIntegerField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
