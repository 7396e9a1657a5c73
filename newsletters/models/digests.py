"""Digests: what is new, to each reader what she chose, never twice."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletters.models.contacts import Contact, DigestFrequency
from newsletters.models.lists import MailingList
from newsletters.models.mailings import Mailing
from newsletters.states import IssueState


class Digest(models.Model):
    """A standing order: this list, this weekday and hour, these sections."""

    name = models.CharField(_("name"), max_length=120)
    mailing_list = models.ForeignKey(
        MailingList, on_delete=models.PROTECT, related_name="digests", verbose_name=_("list")
    )
    frequency = models.CharField(
        _("how often"),
        max_length=8,
        choices=DigestFrequency.choices[:2],
        default=DigestFrequency.WEEKLY,
    )
    # Monday is 0, as in Python's calendar.
    weekday = models.PositiveSmallIntegerField(_("weekday"), default=4)
    hour = models.PositiveSmallIntegerField(_("hour"), default=9)
    time_zone = models.CharField(_("time zone"), max_length=60, default="UTC")
    language = models.CharField(
        _("language"),
        max_length=12,
        default="en",
        help_text=_("For readers whose own language is not known, or not one you write in."),
    )
    is_automatic = models.BooleanField(
        _("goes out by itself"),
        default=False,
        help_text=_("Otherwise each issue waits for somebody to approve it."),
    )
    is_active = models.BooleanField(_("running"), default=True)
    # Items published before this moment were in an earlier issue.
    covered_until = models.DateTimeField()
    # Hours before this moment are not made up for: the plan was changed or taken up again then.
    planned_from = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class DigestIssue(models.Model):
    """One period of a digest; unique, so that two schedulers make one issue."""

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="issues")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    state = models.CharField(max_length=8, choices=IssueState.choices)
    reason = models.CharField(max_length=200, blank=True)
    mailing = models.OneToOneField(
        Mailing, on_delete=models.SET_NULL, null=True, related_name="issue"
    )
    # Frozen items, newest first: a DigestItem as a dict, and the name of its "section".
    # An issue without a mailing may hold items too: those that were public before the digest was.
    items = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-period_end",)
        constraints = (
            models.UniqueConstraint(fields=("digest", "period_end"), name="one_issue_per_period"),
        )

    def __str__(self) -> str:
        return f"{self.digest_id} {self.period_end:%Y-%m-%d}"


class DigestRead(models.Model):
    """An item a person was given, by whatever digest: she never gets it again.

    Unless the mail of ``issue`` never left for her: that is looked up in its
    deliveries each time, so nothing has to be put right after a cancel.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    item_key = models.CharField(max_length=60)
    issue = models.ForeignKey(
        DigestIssue, on_delete=models.SET_NULL, null=True, related_name="reads"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("contact", "item_key"), name="item_once_per_person"),
        )

    def __str__(self) -> str:
        return self.item_key
