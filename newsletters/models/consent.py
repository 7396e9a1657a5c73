"""The consent ledger: what a person agreed to, in which words, through which door."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletters.models.contacts import Contact
from newsletters.models.lists import MailingList


class ConsentWording(models.Model):
    """The exact text shown beside a box. Never edited: a new text is a new row."""

    text = models.TextField(_("text"))
    language = models.CharField(max_length=12)
    version = models.PositiveIntegerField()
    purpose = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("purpose", "language", "version"), name="one_wording_version"
            ),
        )

    def __str__(self) -> str:
        return f"{self.purpose} {self.language} v{self.version}"


class ConsentAct(models.TextChoices):
    """What a consent event says."""

    REQUESTED = "requested", _("asked to join")
    GRANTED = "granted", _("agreed")
    WITHDRAWN = "withdrawn", _("withdrew")


class ConsentEvent(models.Model):
    """One line of the ledger. Rows are only ever added.

    ``contact`` is emptied when the person is erased; ``address_key`` stays so
    that the withdrawal can still be proved. For each row the database looks up the
    person, but neither the list nor the wording: a million rows of one import name the
    same ones, and no page deletes either. Which events name a wording is only ever
    asked for one person.
    """

    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, related_name="consent_events"
    )
    address_key = models.CharField(max_length=32)
    mailing_list = models.ForeignKey(
        MailingList,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
    )
    purpose = models.CharField(max_length=60)
    act = models.CharField(max_length=12, choices=ConsentAct.choices)
    wording = models.ForeignKey(
        ConsentWording,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        db_constraint=False,
        db_index=False,
    )
    # The door: "subscribe form", "petition 12", "import 7", "one-click", …
    method = models.CharField(max_length=60)
    legal_basis = models.CharField(max_length=200, blank=True)
    happened_at = models.DateTimeField()

    class Meta:
        ordering = ("happened_at", "pk")
        # Compared whole: ``db_index`` would make another one, for beginnings, on PostgreSQL.
        indexes = (models.Index(fields=("address_key",), name="consent_address_key"),)

    def __str__(self) -> str:
        return f"ConsentEvent {self.pk}"
