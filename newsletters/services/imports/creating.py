"""Taking an upload in, and finding out how it is laid out."""

import hashlib
from datetime import timedelta
from pathlib import PurePath

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.errors import ImportRefused
from newsletters.imports import child, guessing
from newsletters.imports.layout import Layout, Wishes, as_json
from newsletters.imports.refusals import FileRefused
from newsletters.imports.sentences import FILE
from newsletters.models import ImportJob
from newsletters.selectors import custom_fields
from newsletters.services.imports import files, shapes
from newsletters.states import ImportState

SAME_FILE = timedelta(minutes=10)


def create(*, file: UploadedFile, user: User) -> ImportJob:
    """Keep the upload and say how it is laid out. The import is UPLOADED; no person is touched.

    The same file again within ten minutes by the same person (a double click, a
    second tab) is the same import. Raises ImportRefused when the file cannot be
    read; it is not kept then.
    """
    digest = _digest(file)
    known = _same(digest, user)
    if known:
        return known
    name = files.store(file)
    try:
        layout = _look(name, Wishes())
    except ImportRefused:
        files.remove(name)
        raise
    with transaction.atomic():
        # Two clicks at once: the second waits here and then finds the first one's import.
        User.objects.select_for_update().get(pk=user.pk)
        known = _same(digest, user)
        if known:
            files.remove(name)
            return known
        return ImportJob.objects.create(
            stored_name=name,
            file_name=PurePath(file.name or "").name[:200],
            file_digest=digest,
            layout=as_json(layout),
            mapping=_suggested(layout),
            created_by=user,
        )


def lay_out(*, job: ImportJob, wishes: Wishes) -> ImportJob:
    """Look at the file again as a person corrected it; columns are guessed anew.

    Only while UPLOADED or CHECKED. Raises ImportRefused; its code is "state" when it
    has been started meanwhile.
    """
    layout = _look(job.stored_name, wishes)
    old = job.rows_name
    changed = ImportJob.objects.filter(
        pk=job.pk, state__in=(ImportState.UPLOADED, ImportState.CHECKED)
    ).update(
        layout=as_json(layout),
        mapping=_suggested(layout),
        state=ImportState.UPLOADED,
        report={},
        rows_name="",
        lease_token="",
    )
    if not changed:
        raise ImportRefused("state", _("This import has already been started."))
    files.remove(old)
    job.refresh_from_db()
    return job


def _suggested(layout: Layout) -> dict[str, str]:
    """As the last sheet with these columns was mapped, else as we guess."""
    last = shapes.recall(layout)
    return last.mapping if last else guessing.guess(layout, custom_fields.known())


def _look(name: str, wishes: Wishes) -> Layout:
    try:
        with files.local_copy(name) as path:
            return child.look(path, wishes)
    except FileRefused as refused:
        raise ImportRefused(refused.code, sentence(refused)) from None


def sentence(refused: FileRefused) -> str:
    """What is wrong with the file, for staff."""
    return str(FILE[refused.code]) % {"line": refused.line}


def _same(digest: str, user: User) -> ImportJob | None:
    return (
        ImportJob.objects.filter(
            file_digest=digest, created_by=user, created_at__gt=timezone.now() - SAME_FILE
        )
        .exclude(state__in=(ImportState.FAILED, ImportState.CANCELLED, ImportState.UNDONE))
        .first()
    )


def _digest(file: UploadedFile) -> str:
    digest = hashlib.sha256()
    for block in file.chunks():
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()
