"""Imports: a spreadsheet on its way into the contacts."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletters.models.consent import ConsentWording
from newsletters.models.contacts import Contact
from newsletters.models.lists import MailingList
from newsletters.states import ImportState


class ImportPolicy(models.TextChoices):
    """What happens to fields of people we know already."""

    FILL = "fill", _("Fill only what is empty")
    OVERWRITE = "overwrite", _("Overwrite with the sheet, but never with an empty cell")
    KEEP = "keep", _("Never touch people we know")


class ImportJob(models.Model):
    """One upload, its mapping, its dry run and its result."""

    state = models.CharField(
        max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED
    )
    # Name in private storage; emptied when the file is pruned.
    stored_name = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=200)
    file_digest = models.CharField(max_length=64)
    # What was found in the file: {"format", "encoding", "delimiter", "sheet", "header_row", "columns", "sample"}.
    layout = models.JSONField(default=dict)
    # Column number (as text) → field name.
    mapping = models.JSONField(default=dict)
    mailing_list = models.ForeignKey(
        MailingList, on_delete=models.PROTECT, null=True, blank=True, related_name="imports"
    )
    policy = models.CharField(
        max_length=10, choices=ImportPolicy.choices, default=ImportPolicy.FILL
    )
    legal_basis = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200, blank=True)
    wording = models.ForeignKey(
        ConsentWording, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Counts and samples of the dry run, then of what was written.
    report = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    rows_total = models.PositiveIntegerField(default=0)
    # Row the work has come to; a killed job goes on behind it.
    cursor = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"Import {self.pk}"


class ImportRowError(models.Model):
    """A refused row, with the reason in a sentence."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="row_errors")
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=120, blank=True)
    message = models.CharField(max_length=300)
    cells = models.JSONField(default=list)

    class Meta:
        ordering = ("row", "pk")
        indexes = (models.Index(fields=("job", "row"), name="import_error_row"),)

    def __str__(self) -> str:
        return f"Row {self.row}"


class ImportChange(models.Model):
    """What an import changed on one contact, so that it can be undone for 30 days."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="changes")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    created = models.BooleanField(default=False)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("job", "contact"), name="one_change_per_import"),
        )

    def __str__(self) -> str:
        return f"Change {self.pk}"
