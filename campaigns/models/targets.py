"""Whom supporters write to."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField


class Target(models.Model):
    """An office and who holds it, with every way to reach it."""

    office = models.CharField(_("office"), max_length=160)
    name = models.CharField(_("name"), max_length=120, blank=True)
    # Language → salutation: {"en": "Dear Governor Tarn,"}.
    salutations = models.JSONField(_("how to address"), default=dict, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    postal_address = models.TextField(_("postal address"), blank=True)
    fax = models.CharField(_("fax"), max_length=40, blank=True)
    country = CountryField(_("country"), blank=True)
    # Set when the mailbox does not exist: nobody else's letter is sent into nothing.
    dead_since = models.DateTimeField(null=True, blank=True)
    dead_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("office",)

    def __str__(self) -> str:
        return f"{self.office}, {self.name}" if self.name else self.office
