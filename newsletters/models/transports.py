"""Ways out, the domains we write from, and how fast which receiver takes our mail."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletters.states import DkimAlgorithm, TransportState


class SenderDomain(models.Model):
    """A domain in our From lines: how it is signed, which transports carry it, how it warms up."""

    domain = models.CharField(_("domain"), max_length=253, unique=True)
    # The first day of the warm-up plan; empty for a domain receivers know already.
    warm_up_from = models.DateField(_("warm-up began"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("domain",)

    def __str__(self) -> str:
        return self.domain


class DkimKey(models.Model):
    """The public half of a signing key; the private half is a file (``DKIM_ROOT``).

    Nothing is signed with a key whose ``verified_at`` is empty.
    """

    domain = models.ForeignKey(SenderDomain, on_delete=models.CASCADE, related_name="dkim_keys")
    selector = models.CharField(_("selector"), max_length=63)
    algorithm = models.CharField(max_length=8, choices=DkimAlgorithm.choices)
    # Base64, as it stands behind "p=" in the DNS record (RFC 6376 section 3.6.1).
    public_key = models.TextField()
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("domain", "selector"), name="one_dkim_selector"),
        )

    def __str__(self) -> str:
        return f"{self.selector}._domainkey.{self.domain_id}"


class Transport(models.Model):
    """A relay or provider, its limits, and whether it takes mail now.

    Its address and secrets stay in the environment, under the same name.
    """

    name = models.CharField(max_length=40, unique=True)
    state = models.CharField(
        max_length=8, choices=TransportState.choices, default=TransportState.OPEN
    )
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    # Share of the mail when several could carry it; 0 takes none.
    weight = models.PositiveSmallIntegerField(_("share"), default=1)
    per_second = models.PositiveIntegerField(_("mails a second"), null=True, blank=True)
    per_hour = models.PositiveIntegerField(_("mails an hour"), null=True, blank=True)
    per_day = models.PositiveIntegerField(_("mails a day"), null=True, blank=True)
    # Every slot under ``per_second`` up to this moment was handed to somebody.
    next_at = models.DateTimeField(null=True, blank=True)
    # Whether it offered SMTPUTF8 (RFC 6531) when it was greeted last; empty: nobody has asked yet.
    smtputf8 = models.BooleanField(null=True, blank=True)
    # Empty: it carries mail from every domain.
    sender_domains = models.ManyToManyField(SenderDomain, related_name="transports", blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Allowance(models.Model):
    """How much of a limit is used up: one row for each limit and hour or day (UTC)."""

    # What is limited: "transport:<name>:hour", "domain:<id>:day" …
    key = models.CharField(max_length=80)
    began_at = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("key", "began_at"), name="one_allowance_a_span"),
        )

    def __str__(self) -> str:
        return f"{self.key} {self.began_at}"


class ReceiverPace(models.Model):
    """A receiving domain that asked us to slow down, and the pace learned then ("*": all of them).

    Gone when it has taken everything at full speed again.
    """

    transport = models.ForeignKey(Transport, on_delete=models.CASCADE, related_name="paces")
    domain = models.CharField(max_length=253)
    # Mails a second, from all processes together.
    per_second = models.FloatField()
    slowed_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("transport", "domain"), name="one_pace_a_domain"),
        )

    def __str__(self) -> str:
        return f"{self.domain}: {self.per_second:.2f}/s"
