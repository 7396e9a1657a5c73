"""Lists and who is on them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from newsletters.models.contacts import Contact
from newsletters.states import SubscriptionState


class MailingList(models.Model):
    """A list people join and leave by themselves (public) or staff keep (private)."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(
        _("description"), blank=True, help_text=_("What a person gets, and how often.")
    )
    is_public = models.BooleanField(
        _("public"), default=True, help_text=_("Shown on the sign-up and preference pages.")
    )
    is_sensitive = models.BooleanField(
        _("sensitive"),
        default=False,
        help_text=_(
            "Opens and clicks can never be counted, and the page shows it only to members."
        ),
    )
    double_opt_in = models.BooleanField(
        _("ask people to confirm"),
        default=True,
        help_text=_("Whoever signs up gets a mail with a button first. Recommended, often law."),
    )
    sends_welcome = models.BooleanField(_("send a welcome mail"), default=True)
    # By language; empty means the usual words.
    welcome_texts = models.JSONField(default=dict, blank=True)
    sender_name = models.CharField(_("sender's name"), max_length=120, blank=True)
    sender_email = models.CharField(_("sender's address"), max_length=254, blank=True)
    # Under each mail of this list; empty means the campaign's own.
    postal_address = models.TextField(_("postal address"), max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Subscription(models.Model):
    """One person on one list. Only the person can move it to ACTIVE again after leaving."""

    # Both are found by the indexes below, which begin with them. The list is not looked up
    # for each row: all of an import name the same one, which nothing can delete meanwhile.
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="subscriptions", db_index=False
    )
    mailing_list = models.ForeignKey(
        MailingList,
        on_delete=models.CASCADE,
        related_name="subscriptions",
        db_index=False,
        db_constraint=False,
    )
    state = models.CharField(max_length=12, choices=SubscriptionState.choices)
    method = models.CharField(max_length=24, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("contact", "mailing_list"), name="one_subscription"),
        )
        indexes = (
            # Expansion walks the active members of a list by contact.
            models.Index(fields=("mailing_list", "state", "contact"), name="subscription_walk"),
            # Who left since a mailing began: few, wherever they are.
            models.Index(
                fields=("unsubscribed_at",),
                condition=Q(unsubscribed_at__isnull=False),
                name="subscription_left",
            ),
        )

    def __str__(self) -> str:
        return f"Subscription {self.pk}"
