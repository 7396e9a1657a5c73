"""People at risk the campaign stands up for."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from campaigns.models.articles import Campaign
from campaigns.states import CaseStatus


class Case(models.Model):
    """One person: who, where, since when, why."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.SET_NULL, null=True, blank=True, related_name="cases"
    )
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(max_length=120, unique=True, allow_unicode=True)
    other_names = models.CharField(_("other names and spellings"), max_length=200, blank=True)
    pronouns = models.CharField(_("pronouns"), max_length=40, blank=True)
    role = models.CharField(
        _("who the person is"),
        max_length=200,
        blank=True,
        help_text=_("“nurse and union delegate”"),
    )
    photo = models.ImageField(_("photo"), upload_to="cases/", blank=True)
    photo_alt = models.CharField(_("what the photo shows"), max_length=250, blank=True)
    country = CountryField(_("country"), blank=True)
    place = models.CharField(_("place of detention"), max_length=200, blank=True)
    detained_on = models.DateField(_("held since"), null=True, blank=True)
    charge = models.CharField(_("charge"), max_length=250, blank=True)
    sentence = models.CharField(_("sentence"), max_length=250, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=CaseStatus.choices, default=CaseStatus.DETAINED
    )
    ended_on = models.DateField(_("until"), null=True, blank=True)
    is_sensitive = models.BooleanField(
        _("sensitive"),
        default=False,
        help_text=_("Shows a warning before a letter is sent, and keeps the name out of subjects."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class CaseEntry(models.Model):
    """One line of a case's timeline."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="entries")
    happened_on = models.DateField(_("day"))
    text = models.CharField(_("what happened"), max_length=300)

    class Meta:
        ordering = ("-happened_on", "-pk")
        verbose_name_plural = "case entries"

    def __str__(self) -> str:
        return self.text
