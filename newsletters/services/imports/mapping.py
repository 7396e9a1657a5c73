"""What staff say about the columns, and on which ground the people may be written to."""

from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from newsletters.errors import ImportRefused
from newsletters.imports.columns import BY_NAME
from newsletters.imports.sentences import FILE
from newsletters.models import ImportJob, ImportPolicy, MailingList
from newsletters.services import consent
from newsletters.services.imports import files
from newsletters.states import ImportState
from worker.doorbell import Job, ring


@dataclass(frozen=True)
class Choices:
    """The filled-in mapping page. ``mapping``: column number as text → name in imports.columns."""

    mapping: dict[str, str]
    legal_basis: str
    source: str
    mailing_list: MailingList | None = None
    wording: str = ""
    policy: str = ImportPolicy.FILL
    yes_words: list[str] = field(default_factory=list)
    makes_tags: bool = False


def map_columns(*, job: ImportJob, choices: Choices) -> ImportJob:
    """Keep the choices and start the dry run: UPLOADED or CHECKED → CHECKING. No person is touched.

    Raises ImportRefused; its code is the name of the field to mend, or "state".
    """
    _check(job, choices)
    with transaction.atomic():
        wording = None
        if choices.mailing_list:
            wording = consent.wording(
                purpose="import", language=settings.CONTENT_LANGUAGES[0], text=choices.wording
            )
        started = ImportJob.objects.filter(
            pk=job.pk, state__in=(ImportState.UPLOADED, ImportState.CHECKED)
        ).update(
            state=ImportState.CHECKING,
            mapping=choices.mapping,
            mailing_list=choices.mailing_list,
            wording=wording,
            policy=choices.policy,
            legal_basis=choices.legal_basis,
            source=choices.source,
            yes_words=choices.yes_words,
            makes_tags=choices.makes_tags,
            report={},
            people_name="",
            cursor=0,
            lease_until=None,
            lease_token="",
        )
        if not started:
            raise ImportRefused("state", _("This import has already been started."))
        ring(Job.CHECK_IMPORT, job.pk)
    files.remove(job.people_name)
    job.refresh_from_db()
    return job


def _check(job: ImportJob, choices: Choices) -> None:
    fields = list(choices.mapping.values())
    if job.layout["problem"]:
        raise ImportRefused("mapping", FILE[job.layout["problem"]])
    if "email" not in fields:
        raise ImportRefused("mapping", _("Say which column holds the e-mail address."))
    if len(set(fields)) < len(fields):
        raise ImportRefused("mapping", _("Two columns are meant to be the same thing. Choose one."))
    width = len(job.layout["columns"])
    places = {str(at) for at in range(width)}
    if not set(choices.mapping) <= places or not set(fields) <= set(BY_NAME):
        raise ImportRefused("mapping", _("A column is not in the sheet any more. Map it again."))
    if not choices.legal_basis:
        raise ImportRefused("legal_basis", _("Say why we may write to these people."))
    if not choices.source.strip():
        raise ImportRefused("source", _("Say where these people come from."))
    if choices.mailing_list and not choices.wording.strip():
        raise ImportRefused("wording", _("Copy here what these people read when they agreed."))
    if "consent" in fields and not choices.yes_words:
        raise ImportRefused("yes_words", _("Write the words in the consent column that mean yes."))
