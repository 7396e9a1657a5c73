"""Opens and clicks, where a campaign counts them: who, what, on which day. Never from where."""

from django.db import models
from django.db.models import Q

from newsletters.models.contacts import Contact
from newsletters.models.deliveries import Delivery
from newsletters.models.mailings import Mailing
from newsletters.states import Heard


class TrackedLink(models.Model):
    """One address a mailing leads to. Kept for good: a link in an old mail goes on working."""

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="tracked_links")
    url = models.TextField()
    # How many people had followed it, kept when it was forgotten who.
    clicked_total = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("mailing", "url"), name="one_tracked_link"),)

    def __str__(self) -> str:
        return f"Link {self.pk}"


class DeliveryEvent(models.Model):
    """What was heard of one mail: opened once, and each link followed once."""

    delivery = models.ForeignKey(
        Delivery,
        on_delete=models.CASCADE,
        db_index=False,
        db_constraint=False,
        related_name="heard",
    )
    # Of the delivery, so that a segment needs no join with thirty million rows.
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, db_index=False, related_name="delivery_events"
    )
    mailing = models.ForeignKey(
        Mailing, on_delete=models.CASCADE, db_index=False, related_name="delivery_events"
    )
    kind = models.PositiveSmallIntegerField(choices=Heard.choices)
    link = models.ForeignKey(
        TrackedLink,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    # A mail client's or scanner's doing, as far as can be told. No segment asks about these.
    by_machine = models.BooleanField(default=False)
    # To the second for a day, which tells machines from people; then the day alone.
    happened_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("delivery", "link"),
                condition=Q(kind=Heard.CLICKED),
                name="one_click_per_link",
            ),
            models.UniqueConstraint(
                fields=("delivery",), condition=Q(kind=Heard.OPENED), name="one_open_per_mail"
            ),
        )
        indexes = (
            models.Index(fields=("contact", "kind", "happened_at"), name="heard_of_person"),
            models.Index(fields=("mailing", "kind", "contact"), name="heard_of_mailing"),
            models.Index(fields=("happened_at",), name="heard_at"),
        )

    def __str__(self) -> str:
        return f"Event {self.pk}"
