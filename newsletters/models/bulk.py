"""Work on many people at once: bulk changes and exports, each resumable."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletters.models.contacts import Contact


class BulkState(models.TextChoices):
    """Where a piece of work on many people stands."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Under way")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class _Work(models.Model):
    """Whom it is about, how far it is, and who has it in hand."""

    state = models.CharField(max_length=10, choices=BulkState.choices, default=BulkState.WAITING)
    # A query as newsletters.selectors.people reads it: text, list, tag, segment rule, or ids.
    query = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    # Contacts up to this id are done; a killed job goes on behind it.
    cursor = models.BigIntegerField(default=0)
    # Nobody who came later is touched.
    last_id = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ("-pk",)


class BulkKind(models.TextChoices):
    """What is done to each person."""

    ADD_TAG = "add_tag", _("Put a tag on them")
    REMOVE_TAG = "remove_tag", _("Take a tag off them")
    TAKE_OFF = "take_off", _("Take them off a list")
    SET_FIELD = "set_field", _("Set a field")


class BulkChange(_Work):
    """One change to many people, with its undo."""

    kind = models.CharField(max_length=10, choices=BulkKind.choices)
    # The tag, the list, or the field and its value.
    terms = models.JSONField(default=dict)
    changed = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"Bulk change {self.pk}"

    @property
    def method(self) -> str:
        """The door named in the consent ledger."""
        return f"bulk change {self.pk}"


class BulkChangeRow(models.Model):
    """What was changed on one person, for the undo. Deleted after 30 days."""

    change = models.ForeignKey(BulkChange, on_delete=models.CASCADE, related_name="rows")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    before = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("change", "contact"), name="one_row_per_bulk_change"),
        )

    def __str__(self) -> str:
        return f"Row {self.pk}"


class ExportFormat(models.TextChoices):
    """What an export is written as."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


class Export(_Work):
    """A list of people taken out. Its file is kept for a day."""

    format = models.CharField(max_length=4, choices=ExportFormat.choices, default=ExportFormat.CSV)
    # Name in private storage.
    file_name = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"Export {self.pk}"
