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


class ImportShape(models.Model):
    """What staff said about sheets with the same columns; offered when the next one comes."""

    # Of the headings in their order, lower case.
    digest = models.CharField(max_length=64, unique=True)
    # Column number (as text) → field name.
    mapping = models.JSONField(default=dict)
    # The other answers: policy, yes_words, makes_tags, legal_basis, source.
    answers = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Shape {self.pk}"


class ImportJob(models.Model):
    """One upload, its mapping, its dry run and its result."""

    state = models.CharField(
        max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED
    )
    # Names in private storage, emptied when the files are pruned: the upload; its rows as
    # text, one a line. The people the dry run found in them are staged: StagedPerson.
    stored_name = models.CharField(max_length=200, blank=True)
    rows_name = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=200)
    file_digest = models.CharField(max_length=64)
    # What was found in the file and corrected by staff: newsletters.imports.layout.Layout.
    layout = models.JSONField(default=dict)
    # Column number (as text) → field name.
    mapping = models.JSONField(default=dict)
    # Words of the consent column that mean yes; whether unknown tags are made.
    yes_words = models.JSONField(default=list)
    makes_tags = models.BooleanField(default=False)
    # Asked for expressly: an empty cell empties the field (only with OVERWRITE).
    erases = models.BooleanField(default=False)
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
    people_total = models.PositiveIntegerField(default=0)
    # How far the work is: rows, people or changes, by state.
    cursor = models.PositiveIntegerField(default=0)
    # One worker at a time: who has it may write until then, and renews with every chunk.
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        indexes = (models.Index(fields=("file_digest", "created_by"), name="import_same_file"),)

    def __str__(self) -> str:
        return f"Import {self.pk}"

    @property
    def method(self) -> str:
        """The door named in the consent ledger and on the subscriptions it made."""
        return f"import {self.pk}"


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
    """What an import changed on one contact, so that it can be undone for 30 days.

    The database looks nothing up when a row is written: a million of them come at once,
    and whoever deletes a person or an import deletes these rows before.
    """

    # ``one_change_per_import`` finds the changes of an import.
    job = models.ForeignKey(
        ImportJob,
        on_delete=models.CASCADE,
        related_name="changes",
        db_index=False,
        db_constraint=False,
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    created = models.BooleanField(default=False)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("job", "contact"), name="one_change_per_import"),
        )

    def __str__(self) -> str:
        return f"Change {self.pk}"


def _silent(length: int) -> "models.CharField[str | None, str | None]":
    """A text that may say nothing at all: NULL, which is not the same as empty here."""
    return models.CharField(max_length=length, null=True)


class StagedPerson(models.Model):
    """A person an import found in its file, from the dry run until she is written.

    The id is the import's number above ``LINE_BITS`` and the line in the file below,
    so that an import's people are one range in the order of the file, without another
    index. Nothing points from here to other tables: a million rows would be looked up
    one by one. Its rows are in PostgreSQL's log like any other: what staff read in the
    dry run is still there to be written after the server crashed.

    A field that is NULL says nothing; one that is empty asks that the value be emptied.
    """

    LINE_BITS = 32

    id = models.BigIntegerField(primary_key=True)
    email = models.CharField(max_length=254)
    email_typed = models.CharField(max_length=320)
    address_key = models.CharField(max_length=32)
    person_key = models.CharField(max_length=32)
    given_name = _silent(200)
    family_name = _silent(200)
    language = _silent(12)
    time_zone = _silent(60)
    country = _silent(2)
    postcode = _silent(20)
    phone = _silent(40)
    # Of custom fields; null under a key asks that the value be emptied.
    attributes = models.JSONField(null=True)
    tags = models.JSONField(null=True)
    agreed = models.BooleanField(default=True)
    # The same person as in a row before.
    is_double = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"Line {self.pk & ((1 << self.LINE_BITS) - 1)}"
