"""Mailings: one text to many people."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletters.models.lists import MailingList
from newsletters.models.segments import Segment
from newsletters.states import Clock, DoubtPolicy, MailingKind, MailingState


class Mailing(models.Model):
    """An appeal, digest issue or update. Its text is frozen in ``MailingVersion`` at approval."""

    kind = models.CharField(max_length=8, choices=MailingKind.choices, default=MailingKind.APPEAL)
    name = models.CharField(_("working title"), max_length=200, help_text=_("Only staff see this."))
    state = models.CharField(
        max_length=10, choices=MailingState.choices, default=MailingState.DRAFT
    )
    sender_name = models.CharField(_("sender's name"), max_length=120, blank=True)
    reply_to = models.CharField(_("replies go to"), max_length=254, blank=True)
    lists = models.ManyToManyField(MailingList, related_name="mailings", blank=True)
    excluded_lists = models.ManyToManyField(MailingList, related_name="+", blank=True)
    segment = models.ForeignKey(
        Segment, on_delete=models.SET_NULL, null=True, blank=True, related_name="mailings"
    )
    # The rule as it stood at approval: a segment edited later does not change who gets this.
    audience_rule = models.JSONField(default=dict, blank=True)
    default_language = models.CharField(_("language"), max_length=12, default="en")
    doubt_policy = models.CharField(
        max_length=6, choices=DoubtPolicy.choices, default=DoubtPolicy.RESEND
    )
    scheduled_at = models.DateTimeField(null=True, blank=True)
    # What was typed, so that the page can show it again as it was meant.
    scheduled_local = models.CharField(max_length=16, blank=True)
    scheduled_zone = models.CharField(max_length=60, blank=True)
    # Whose clock the schedule and the window follow.
    clock = models.CharField(max_length=6, choices=Clock.choices, default=Clock.SENDER)
    # Mails leave only between these local times (both or none; the end may lie past midnight) …
    window_from = models.TimeField(_("not before"), null=True, blank=True)
    window_to = models.TimeField(_("not after"), null=True, blank=True)
    # … and on these days: bit 0 is Monday, bit 6 is Sunday.
    window_days = models.PositiveSmallIntegerField(default=127)
    per_hour = models.PositiveIntegerField(_("at most so many an hour"), null=True, blank=True)
    # Everything planned at ``per_hour`` is through at this moment.
    next_at = models.DateTimeField(null=True, blank=True)
    deadline_hours = models.PositiveIntegerField(default=48)
    # Off unless the operator allows it and an organiser wants it; never for sensitive lists.
    counts_opens = models.BooleanField(_("count who opens it"), default=False)
    counts_clicks = models.BooleanField(_("count who follows its links"), default=False)
    # How many people had, kept when it was forgotten who.
    opened_total = models.PositiveIntegerField(default=0)
    clicked_total = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Everybody up to this contact has a row; the next chunk starts behind it.
    expansion_cursor = models.BigIntegerField(default=0)
    pause_reason = models.CharField(max_length=200, blank=True)
    total = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # Who pressed "Send now", or planned it.
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # When the addresses in its ledger were emptied.
    forgotten_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-pk",)
        permissions = (("approve_mailing", "Can approve and send a mailing"),)
        indexes = (models.Index(fields=("state", "scheduled_at"), name="mailing_due"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_counted(self) -> bool:
        """True when it is counted who opens it, or who follows its links."""
        return self.counts_opens or self.counts_clicks


class MailingText(models.Model):
    """What a mailing says in one language while it is being written: subject and blocks."""

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=12)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    preheader = models.CharField(_("first line shown in the inbox"), max_length=200, blank=True)
    blocks = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("mailing", "language"), name="one_text_per_language"),
        )

    def __str__(self) -> str:
        return f"{self.mailing_id} {self.language}"


class MailingVersion(models.Model):
    """Frozen text: what really goes out. A delivery records which version went.

    ``parts`` maps language → variant → {subject, html, text}; the variant ""
    is everybody's, digests have one per combination of items.
    """

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    sender = models.CharField(max_length=320)
    reply_to = models.CharField(max_length=254, blank=True)
    list_id = models.CharField(max_length=255)
    parts = models.JSONField()
    # Further headers, e.g. {"Auto-Submitted": "auto-generated"} of a digest nobody approved.
    headers = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("mailing", "number")
        constraints = (
            models.UniqueConstraint(fields=("mailing", "number"), name="one_version_number"),
        )

    def __str__(self) -> str:
        return f"{self.mailing_id} v{self.number}"
