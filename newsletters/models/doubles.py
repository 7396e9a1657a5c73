"""Rows that may be one person: found by a walk over all people, looked at by staff.

Nothing here points to other tables: a person who goes takes no notice of these rows,
and the next walk removes them.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NameKey(models.Model):
    """A number that people of the same name and postcode share: ``names.likeness``, keyed."""

    contact_id = models.BigIntegerField(primary_key=True)
    key = models.BigIntegerField()

    class Meta:
        indexes = (models.Index(fields=("key", "contact_id"), name="name_key_people"),)

    def __str__(self) -> str:
        return f"Name of {self.contact_id}"


class DoubleReason(models.TextChoices):
    """Why two rows may be one person. The first that holds is kept."""

    MAILBOX = "mailbox", _("Two spellings of one mailbox")
    ADDRESS = "address", _("The address of one is a further address of the other")
    NAME = "name", _("Same name and same postcode")


class Double(models.Model):
    """Two people who may be one. ``first_id`` is the smaller."""

    first_id = models.BigIntegerField()
    second_id = models.BigIntegerField()
    reason = models.CharField(max_length=8, choices=DoubleReason.choices)
    # What the last walk did not see any more goes at its end.
    seen_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("first_id", "second_id"), name="one_pair"),)
        indexes = (
            models.Index(fields=("second_id",), name="double_second"),
            models.Index(fields=("reason", "id"), name="double_page"),
        )

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"


class DoubleWalk(models.Model):
    """How far the look at everybody is. There is one row; without ``ended_at`` it goes on."""

    cursor = models.BigIntegerField(default=0)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Walk, behind {self.cursor}"
