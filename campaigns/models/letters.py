"""Letters supporters write."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from campaigns.models.actions import UrgentAction
from campaigns.models.targets import Target
from campaigns.states import LetterState
from newsletters.models import Delivery


class Letter(models.Model):
    """One supporter's letter to one target.

    Only letters sent from here are kept; what is printed or opened in one's own
    mail program never reaches the database. Text and person are emptied 30 days
    after it was sent.
    """

    action = models.ForeignKey(UrgentAction, on_delete=models.CASCADE, related_name="letters")
    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="letters")
    state = models.CharField(
        max_length=10, choices=LetterState.choices, default=LetterState.PENDING
    )
    name = models.CharField(_("your name"), max_length=200)
    town = models.CharField(_("your town"), max_length=120, blank=True)
    country = CountryField(_("country"), blank=True)
    email = models.CharField(_("your e-mail"), max_length=254)
    # newsletters.addresses.person_key: the spellings of one mailbox are one person.
    person_key = models.CharField(max_length=32)
    # newsletters.addresses.address_key: finds what a person wrote after her address is gone.
    address_key = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=12)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    # Language of the pages and mails the supporter sees.
    page_language = models.CharField(max_length=12, default="en")
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # The mail to the target; set in the transaction that confirmed the letter.
    delivery = models.OneToOneField(
        Delivery, on_delete=models.SET_NULL, null=True, blank=True, related_name="letter"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("action", "target", "person_key"),
                condition=models.Q(state=LetterState.CONFIRMED),
                name="one_letter_per_target",
            ),
        )
        indexes = (
            models.Index(fields=("action", "state"), name="letter_counts"),
            models.Index(fields=("address_key",), name="letter_address"),
        )

    def __str__(self) -> str:
        return f"Letter {self.pk}"
