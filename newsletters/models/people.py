"""What belongs to one person besides her profile."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletters.models.contacts import Contact


class OtherAddress(models.Model):
    """A further address of a person. Mail goes to ``Contact.email``; by these she is found too."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="other_addresses")
    email = models.CharField(_("e-mail"), max_length=254, unique=True)
    email_typed = models.CharField(max_length=320)
    address_key = models.CharField(max_length=32, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"Address {self.pk}"


class AddressChange(models.Model):
    """A new address somebody typed on her own page. Nothing is changed before its mail is answered.

    A person has one at most: a further request is a new row, so that no older
    link says yes to an address it was not sent to.
    """

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="+")
    email = models.CharField(_("e-mail"), max_length=254)
    email_typed = models.CharField(max_length=320)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Address change {self.pk}"


class Note(models.Model):
    """Something staff should know about a person. She can ask to read it."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(_("note"), max_length=2000)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"Note {self.pk}"


class ActKind(models.TextChoices):
    """What staff did with a person's data."""

    EDITED = "edited", _("changed the profile")
    NOTED = "noted", _("wrote a note")
    TAKEN_OFF = "taken_off", _("took off a list")
    BLOCKED = "blocked", _("blocked the address")
    UNBLOCKED = "unblocked", _("took the block off")
    MERGED = "merged", _("merged two people")
    UNMERGED = "unmerged", _("undid a merge")
    SHOWN = "shown", _("sent what we hold")
    ERASED = "erased", _("erased on request")
    BULK = "bulk", _("changed many people at once")
    EXPORTED = "exported", _("took a list out")


class StaffAct(models.Model):
    """One line of the audit. It names no address and no value; it outlives the person.

    ``contact_id`` is a number, not a key into the table: after an erasure nobody is behind it.
    """

    contact_id = models.BigIntegerField(null=True, db_index=True)
    kind = models.CharField(max_length=12, choices=ActKind.choices)
    # Names of fields, of a list, or the number of a merge, an export, a bulk action.
    details = models.JSONField(default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Merge(models.Model):
    """Two people made one. ``before`` holds what an undo needs, and is emptied after 30 days."""

    kept = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="merges")
    # The row that is no more: as it was, by model, and what was moved from it.
    gone_id = models.BigIntegerField()
    before = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"Merge {self.pk}"


class Different(models.Model):
    """Staff looked at two people and said that they are two. ``first`` has the smaller id."""

    first = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("first", "second"), name="different_once"),)

    def __str__(self) -> str:
        return f"{self.first_id} is not {self.second_id}"
