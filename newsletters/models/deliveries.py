"""The ledger: one narrow row for every mail that leaves, and who is working on it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletters.models.contacts import Contact
from newsletters.models.lists import MailingList
from newsletters.models.mailings import Mailing, MailingVersion
from newsletters.models.transports import Transport
from newsletters.states import DeliveryState, Lane, SkipReason


class Claim(models.Model):
    """Rows one connection of one worker works through in order, until the lease ends."""

    # Names the worker process and its journal file.
    worker = models.CharField(max_length=40)
    host = models.CharField(max_length=120)
    lane = models.PositiveSmallIntegerField(choices=Lane.choices)
    # Empty for single mails. Says how many hands a mailing has.
    mailing = models.ForeignKey(
        Mailing, on_delete=models.CASCADE, null=True, blank=True, related_name="claims"
    )
    transport = models.ForeignKey(
        Transport, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # The hour and day whose limits its rows were taken from.
    created_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("lease_until",), name="claim_lease"),)

    def __str__(self) -> str:
        return f"Claim {self.pk}"


class Delivery(models.Model):
    """One mail to one address. What is heard later (bounce, open) lives elsewhere."""

    # Looked up by the pairs below; an index of its own would only slow the making of a list.
    # Mailing, version and list are rows the making of a list has in its hands, and nothing
    # deletes them: a look from the database for each of a million rows would take a third
    # of the time.
    mailing = models.ForeignKey(
        Mailing,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        related_name="deliveries",
    )
    # Never looked up by itself, and never deleted.
    version = models.ForeignKey(
        MailingVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    # Name of a mail of our own ("newsletters.confirm_subscription"); empty for a mailing.
    kind = models.CharField(max_length=60, blank=True)
    # Looked up by ``once_per_person``.
    contact = models.ForeignKey(
        Contact,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="deliveries",
    )
    # The list that reached this person: what her one click leaves. Never looked up by itself.
    mailing_list = models.ForeignKey(
        MailingList,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    address = models.CharField(max_length=254)
    address_key = models.CharField(max_length=32)
    language = models.CharField(max_length=12, blank=True)
    variant = models.CharField(max_length=200, blank=True)
    lane = models.PositiveSmallIntegerField(choices=Lane.choices, default=Lane.BULK)
    state = models.PositiveSmallIntegerField(
        choices=DeliveryState.choices, default=DeliveryState.READY
    )
    reason = models.CharField(max_length=12, choices=SkipReason.choices, blank=True)
    due_at = models.DateTimeField()
    deadline_at = models.DateTimeField(null=True, blank=True)
    # The Date header, set at the first claim and kept, so that a resend is the same bytes.
    dated_at = models.DateTimeField(null=True, blank=True)
    # Whoever ends a claim has let go of its rows before, in one statement.
    claim = models.ForeignKey(
        Claim,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        db_index=False,
        related_name="deliveries",
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    doubts = models.PositiveSmallIntegerField(default=0)
    last_code = models.CharField(max_length=12, blank=True)
    last_text = models.CharField(max_length=200, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    # Empty for most. NULL rather than "": both engines then know that a key they look for
    # can only be in the small index.
    dedupe_key = models.CharField(max_length=80, null=True, blank=True)  # noqa: DJ001  # see above
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = _("deliveries")
        # Every change of state writes into each index that holds the row: the fewer, the
        # faster a list is made and a mail goes out.
        constraints = (
            models.UniqueConstraint(fields=("contact", "mailing"), name="once_per_person"),
            models.UniqueConstraint(fields=("mailing", "address_key"), name="once_per_address"),
            # Mails of our own alone have a key.
            models.UniqueConstraint(
                fields=("dedupe_key",), condition=Q(dedupe_key__isnull=False), name="once_per_key"
            ),
        )
        indexes = (
            models.Index(
                fields=("mailing", "due_at", "id"),
                condition=Q(state=DeliveryState.READY),
                name="delivery_ready",
            ),
            models.Index(
                fields=("claim", "id"), condition=Q(claim__isnull=False), name="delivery_claimed"
            ),
            models.Index(
                fields=("due_at",), condition=Q(state=DeliveryState.UNSURE), name="delivery_unsure"
            ),
            # The moment is there for "in the last minute"; a group of marks shares one.
            models.Index(fields=("mailing", "state", "accepted_at"), name="delivery_counts"),
            models.Index(
                fields=("mailing",),
                condition=Q(state=DeliveryState.READY, last_code__gt=""),
                name="delivery_retried",
            ),
        )

    def __str__(self) -> str:
        return f"Delivery {self.pk}"


class DeliveryBody(models.Model):
    """The finished text of a mail of our own (confirmation, letter). Pruned after it went."""

    delivery = models.OneToOneField(
        Delivery, on_delete=models.CASCADE, primary_key=True, related_name="body"
    )
    sender = models.CharField(max_length=320)
    # Which transports may carry it depends on the domain in its From header.
    sender_domain = models.CharField(max_length=253, blank=True)
    reply_to = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField()
    # A letter to an official: when in doubt it waits for a person instead of going twice.
    never_twice = models.BooleanField(default=False)
    # Extra headers of this mail, e.g. {"Auto-Submitted": "auto-generated"}.
    headers = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"Body of {self.delivery_id}"
