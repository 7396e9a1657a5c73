"""What staff say about the columns, and on which ground the people may be written to."""

from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from newsletters.errors import ImportRefused
from newsletters.imports.columns import BY_NAME, field_columns
from newsletters.imports.dates import ORDERS
from newsletters.imports.layout import as_json, from_json
from newsletters.imports.sentences import FILE
from newsletters.models import ConsentWording, ImportJob, ImportPolicy, MailingList
from newsletters.selectors import custom_fields
from newsletters.services import consent
from newsletters.services.imports import new_fields, shapes
from newsletters.states import ImportState
from worker.doorbell import Job, ring

_OPEN = (ImportState.UPLOADED, ImportState.CHECKED)


@dataclass(frozen=True)
class Choices:
    """The filled-in mapping page.

    ``mapping``: column number as text → name in imports.columns, or "new_" and a
    kind of field: a field of that kind is made, named like the column.
    """

    mapping: dict[str, str]
    legal_basis: str
    source: str
    mailing_list: MailingList | None = None
    wording: str = ""
    wording_language: str = ""
    policy: str = ImportPolicy.FILL
    yes_words: list[str] = field(default_factory=list)
    makes_tags: bool = False
    erases: bool = False
    date_order: str = ""


def map_columns(*, job: ImportJob, choices: Choices) -> ImportJob:
    """Keep the choices and start the dry run: UPLOADED or CHECKED → CHECKING. No person is touched.

    New fields are made, and the answers are kept for the next sheet with these
    columns. Raises ImportRefused; its code is the name of the field to mend
    ("column_2" for a column), or "state".
    """
    _check(job, choices)
    planned = new_fields.plan(job, choices.mapping)
    layout = from_json(job.layout)
    layout.date_order = choices.date_order
    with transaction.atomic():
        # Of two clicks the second waits here, loses, and makes no field.
        started = ImportJob.objects.filter(pk=job.pk, state__in=_OPEN).update(
            state=ImportState.CHECKING,
            layout=as_json(layout),
            mailing_list=choices.mailing_list,
            wording=_wording(choices),
            policy=choices.policy,
            legal_basis=choices.legal_basis,
            source=choices.source,
            yes_words=choices.yes_words,
            makes_tags=choices.makes_tags,
            erases=choices.erases,
            report={},
            cursor=0,
            lease_until=None,
            lease_token="",
        )
        if not started:
            raise ImportRefused("state", _("This import has already been started."))
        mapping = choices.mapping | new_fields.make(planned)
        ImportJob.objects.filter(pk=job.pk).update(mapping=mapping)
        answers = {name: getattr(choices, name) for name in shapes.ANSWERS}
        shapes.remember(layout, mapping, answers)
        ring(Job.CHECK_IMPORT, job.pk)
    job.refresh_from_db()
    return job


def _wording(choices: Choices) -> ConsentWording | None:
    if not choices.mailing_list:
        return None
    language = choices.wording_language or settings.CONTENT_LANGUAGES[0]
    return consent.wording(purpose="import", language=language, text=choices.wording)


def _check(job: ImportJob, choices: Choices) -> None:
    _check_columns(job, choices.mapping)
    if not choices.legal_basis:
        raise ImportRefused("legal_basis", _("Say why we may write to these people."))
    if not choices.source.strip():
        raise ImportRefused("source", _("Say where these people come from."))
    if choices.mailing_list and not choices.wording.strip():
        raise ImportRefused("wording", _("Copy here what these people read when they agreed."))
    if "consent" in choices.mapping.values() and not choices.yes_words:
        raise ImportRefused("yes_words", _("Write the words in the consent column that mean yes."))
    if choices.erases and choices.policy != ImportPolicy.OVERWRITE:
        raise ImportRefused(
            "erases", _("Only “Overwrite” can delete. Choose that above, or take this tick away.")
        )
    if choices.date_order not in {"", *dict(ORDERS)}:
        raise ImportRefused("date_order", _("Choose one of the orders offered."))


def _check_columns(job: ImportJob, mapping: dict[str, str]) -> None:
    if job.layout["problem"]:
        raise ImportRefused("mapping", FILE[job.layout["problem"]])
    names = [name for name in mapping.values() if not new_fields.is_new(name)]
    if "email" not in names:
        raise ImportRefused("mapping", _("Say which column holds the e-mail address."))
    if len(set(names)) < len(names):
        raise ImportRefused("mapping", _("Two columns are meant to be the same thing. Choose one."))
    places = {str(at) for at in range(len(job.layout["columns"]))}
    known = {*BY_NAME, *field_columns(custom_fields.known())}
    if not set(mapping) <= places or not set(names) <= known:
        raise ImportRefused("mapping", _("A column is not in the sheet any more. Map it again."))
