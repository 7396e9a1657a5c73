"""Petitions and their texts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from newsletters.models import MailingList
from petitions.states import PetitionState


def default_goals() -> list[int]:
    """The ladder of goals: the page shows the lowest one that is still ahead."""
    return [100, 500, 1000, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000]


class Petition(models.Model):
    """One demand, one total, several languages."""

    state = models.CharField(
        max_length=8, choices=PetitionState.choices, default=PetitionState.DRAFT
    )
    slug = models.SlugField(_("address"), max_length=120, unique=True, allow_unicode=True)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.SET_NULL, null=True, blank=True, related_name="petitions"
    )
    addressee = models.CharField(
        _("to whom"), max_length=200, help_text=_("“the Minister of Justice of Karsh”")
    )
    started_by = models.CharField(_("started by"), max_length=200, blank=True)
    default_language = models.CharField(_("language"), max_length=12, default="en")
    goals = models.JSONField(_("goals"), default=default_goals)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    # Where a signer who ticks the box is subscribed after she confirmed.
    news_list = models.ForeignKey(
        MailingList,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("list for news"),
    )
    needs_country = models.BooleanField(
        _("ask for the country"),
        default=False,
        help_text=_("Without this the country is asked for, but may be left out."),
    )
    # How many signatures are marked ``in_total``. Only services/counting.py writes it.
    total = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.slug


class PetitionText(models.Model):
    """The text in one language. After the first signature a change is a new version."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=12, default="en")
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(_("headline"), max_length=160)
    summary = models.TextField(_("in two sentences"))
    demand = models.TextField(_("what we ask"))
    background = models.TextField(_("why now"), blank=True)
    thanks = models.TextField(_("thank-you"), blank=True)
    victory = models.TextField(_("text when it is won"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("language", "-version")
        constraints = (
            models.UniqueConstraint(
                fields=("petition", "language", "version"), name="one_petition_text"
            ),
        )

    def __str__(self) -> str:
        return self.title


class Milestone(models.Model):
    """A goal that was reached, and when. Taken back when the total falls below it."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="milestones")
    goal = models.PositiveIntegerField()
    reached_at = models.DateTimeField()

    class Meta:
        ordering = ("goal",)
        constraints = (models.UniqueConstraint(fields=("petition", "goal"), name="one_milestone"),)

    def __str__(self) -> str:
        return f"{self.goal}"
