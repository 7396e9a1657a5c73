"""Letters supporters write."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from campaigns.models.actions import UrgentAction
from campaigns.models.targets import Target
from campaigns.states import LetterRoute, LetterState


class Letter(models.Model):
    """One supporter's letter to one target. The text is emptied once it was sent (retention)."""

    action = models.ForeignKey(UrgentAction, on_delete=models.CASCADE, related_name="letters")
    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="letters")
    state = models.CharField(
        max_length=10, choices=LetterState.choices, default=LetterState.PENDING
    )
    route = models.CharField(
        max_length=6, choices=LetterRoute.choices, default=LetterRoute.EMAIL
    )
    name = models.CharField(_("your name"), max_length=200)
    town = models.CharField(_("your town"), max_length=120, blank=True)
    country = CountryField(_("country"), blank=True)
    email = models.CharField(_("your e-mail"), max_length=254)
    address_key = models.CharField(max_length=32)
    language = models.CharField(max_length=12)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    # Language of the pages and mails the supporter sees.
    page_language = models.CharField(max_length=12, default="en")
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("action", "target", "address_key"),
                condition=models.Q(state=LetterState.CONFIRMED),
                name="one_letter_per_target",
            ),
        )
        indexes = (models.Index(fields=("action", "state"), name="letter_counts"),)

    def __str__(self) -> str:
        return f"Letter {self.pk}"
