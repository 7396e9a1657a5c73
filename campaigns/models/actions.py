"""Urgent actions: many letters for one person, before a date."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.articles import Campaign
from campaigns.models.cases import Case
from campaigns.models.targets import Target
from campaigns.states import ActionState


class UrgentAction(models.Model):
    """One issue of an appeal for letters. ``number``/``year`` as in "12/26"."""

    state = models.CharField(max_length=8, choices=ActionState.choices, default=ActionState.DRAFT)
    number = models.PositiveIntegerField(_("number"))
    year = models.PositiveIntegerField(_("year"))
    issue = models.PositiveIntegerField(
        _("issue"), default=1, help_text=_("1 for the first appeal.")
    )
    slug = models.SlugField(max_length=120, unique=True, allow_unicode=True)
    title = models.CharField(_("headline"), max_length=160)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="actions")
    campaign = models.ForeignKey(
        Campaign, on_delete=models.SET_NULL, null=True, blank=True, related_name="actions"
    )
    summary = models.TextField(_("what happened"))
    # One demand a line.
    demands = models.TextField(_("what we demand"), help_text=_("One demand a line."))
    advice = models.TextField(_("advice for writing"), blank=True)
    # End of this day in ``time_zone``.
    write_until = models.DateField(_("write until"))
    time_zone = models.CharField(_("time zone"), max_length=60, default="UTC")
    targets = models.ManyToManyField(Target, related_name="actions", verbose_name=_("targets"))
    previous = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="followed_by"
    )
    outcome = models.TextField(_("outcome"), blank=True)
    letters_total = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-year", "-number", "-issue")
        constraints = (
            models.UniqueConstraint(fields=("year", "number", "issue"), name="one_action_issue"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def code(self) -> str:
        """Number and year as letter writers quote them: "12/26"."""
        return f"{self.number}/{self.year % 100:02d}"

    @property
    def demand_list(self) -> list[str]:
        """The demands, one an entry, without empty lines."""
        return [line.strip() for line in self.demands.splitlines() if line.strip()]


class ModelLetter(models.Model):
    """The letter a supporter starts from: locked head and foot, editable middle.

    Texts may hold the facts {days_held}, {name} and {place}, filled in on the day
    the letter is read.
    """

    action = models.ForeignKey(UrgentAction, on_delete=models.CASCADE, related_name="model_letters")
    target = models.ForeignKey(
        Target, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    language = models.CharField(_("language"), max_length=12, default="en")
    subject = models.CharField(_("subject"), max_length=150)
    middle = models.TextField(_("text the supporter may change"))
    foot = models.TextField(_("closing"), default="Yours faithfully,")

    class Meta:
        ordering = ("language", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("action", "target", "language"), name="one_letter_to_target"
            ),
            # Two empty targets never equal each other, so a letter to all needs its own.
            models.UniqueConstraint(
                fields=("action", "language"),
                condition=models.Q(target=None),
                name="one_letter_to_all",
            ),
        )

    def __str__(self) -> str:
        return f"{self.action_id} {self.language}"
