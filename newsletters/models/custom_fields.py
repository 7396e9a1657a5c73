"""What a campaign wants to know about people beyond the usual: fields with a type."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletters.custom_fields import Field
from newsletters.states import FieldKind


class _Living(models.Manager["CustomField"]):
    """Fields that were not deleted: what every page, sheet and question may know."""

    def get_queryset(self) -> models.QuerySet["CustomField"]:
        return super().get_queryset().filter(gone_since=None)


class CustomField(models.Model):
    """One field. Its key never changes, because values are kept under it.

    Kept as JSON: text and links as text, numbers as numbers, dates as "2026-11-22",
    yes or no as true or false, one choice as its text, several as a list of texts.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    key = models.CharField(max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=FieldKind.choices)
    # Texts to choose from, in their order.
    choices = models.JSONField(_("choices"), default=list, blank=True)
    hint = models.CharField(_("hint"), max_length=200, blank=True)
    # Shown to the person herself on her own page, where she may change it.
    is_open = models.BooleanField(_("people may change it themselves"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    # Deleted by staff: nowhere to be seen. The row stays until the last value is gone and no
    # segment asks about it: a new field under its key would be asked instead.
    gone_since = models.DateTimeField(null=True, blank=True)
    emptied_at = models.DateTimeField(null=True, blank=True)
    # Its name before it was deleted; another field may have that one now.
    called = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = _Living()
    # With those whose values are still being taken off people.
    every: "models.Manager[CustomField]" = models.Manager()

    class Meta:
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name

    def as_data(self) -> Field:
        """What reading and showing a value needs, without a database."""
        return Field(self.key, self.name, self.kind, tuple(self.choices), self.hint)
