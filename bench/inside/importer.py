"""Staff import a sheet: ``python -m bench.inside.importer SHEET ROWS``.

``read_s`` is uploading and looking, ``dry_run_s`` all of the dry run, ``apply_s`` the writing.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from bench.imports import HOSTS, SUPPRESSED
from newsletters.addresses import address_key
from newsletters.models import CustomField, ImportJob, MailingList, Suppression, Tag
from newsletters.services import imports
from newsletters.services.imports import Choices
from newsletters.states import FieldKind, SuppressionReason, SuppressionScope

FIELDS = {"city": FieldKind.TEXT, "born": FieldKind.DATE, "member": FieldKind.NUMBER}


def main(path: Path, rows: int) -> None:
    """Import, then say how long it took."""
    news = _seed(rows)
    user = User.objects.create_superuser("aigul")
    started = time.monotonic()
    with path.open("rb") as file:
        upload = UploadedFile(file, name=path.name, size=path.stat().st_size)
        job = imports.create(file=upload, user=user)
    read = time.monotonic() - started
    chosen = Choices(
        mapping=job.mapping | {"8": "field_city", "9": "field_born", "10": "field_member"},
        legal_basis="consent",
        source="A bench",
        wording="Yes, write to me.",
        mailing_list=news,
    )
    imports.map_columns(job=job, choices=chosen)
    dry_run = _timed(job, imports.check)
    imports.go(job=job)
    applied = _timed(job, imports.apply)
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    print(
        json.dumps(
            {
                "read_s": read,
                "dry_run_s": dry_run,
                "apply_s": applied,
                "counts": job.report["counts"],
                "peak_rss_mb": max(resource.getrusage(kind).ru_maxrss for kind in kinds) / 1024,
            }
        )
    )


def _seed(rows: int) -> MailingList:
    Tag.objects.create(name="vigil")
    for key, kind in FIELDS.items():
        CustomField.objects.create(key=key, name=key.title(), kind=kind)
    since = timezone.now() - timedelta(days=1)
    step = round(1 / SUPPRESSED)
    Suppression.objects.bulk_create(
        (
            Suppression(
                address_key=address_key(f"person.{at}@{HOSTS[at % len(HOSTS)]}"),
                scope=SuppressionScope.BULK,
                reason=SuppressionReason.BOUNCED,
                since=since,
            )
            for at in range(0, rows, step)
        ),
        batch_size=5_000,
    )
    return MailingList.objects.create(name="News", slug="news")


def _timed(job: ImportJob, step: Callable[..., None]) -> float:
    started = time.monotonic()
    step(job_id=job.pk)
    seconds = time.monotonic() - started
    job.refresh_from_db()
    if job.error:
        raise SystemExit(job.error)
    return seconds


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
