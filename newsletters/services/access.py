"""What we know about you: asked for by a person or for her, mailed as a link, given as a file."""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from io import TextIOWrapper
from typing import IO

from django.conf import settings
from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from newsletters import mails
from newsletters.compose.fields import LinkMaker, Reader, values
from newsletters.compose.rendering import PLACE
from newsletters.compose.subjects import Subject
from newsletters.errors import AccessRefused, TextRefused
from newsletters.models import ActKind, Contact, Delivery
from newsletters.selectors import held
from newsletters.services import acts, links, outgoing

PAUSE = timedelta(hours=1)
# Above that the file is on disk while it is made.
IN_MEMORY = 2 * 1024 * 1024


@transaction.atomic
def ask(*, contact: Contact, by: User | None = None) -> Delivery:
    """Mail her a link to everything we hold, to the address we write to and nowhere else.

    ``by`` is who pressed the button for her and stands in the audit. Raises
    AccessRefused ("often") within an hour of the last such mail, whoever asked,
    and ("blocked") when staff blocked the address.
    """
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    lately = Delivery.objects.filter(
        contact=contact,
        mailing=None,
        kind=mails.YOUR_DATA.name,
        created_at__gt=timezone.now() - PAUSE,
    )
    if lately.exists():
        raise AccessRefused
    queued = outgoing.queue(
        mail=mails.YOUR_DATA,
        to=outgoing.recipient(contact),
        context={"access_url": links.access_url(contact)},
    )
    if queued is None:
        raise AccessRefused.blocked()
    if by is not None:
        acts.note(kind=ActKind.SHOWN, contact_id=contact.pk, by=by)
    return queued


def pack(contact: Contact) -> IO[bytes]:
    """A zip with all of it twice: data.json for programs, data.html for people. Hers to close.

    In her language. Row by row from the database, so that ten years of mails
    take no more memory than one.
    """
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # the caller closes it
    with (
        translation.override(contact.language or "en"),
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, pieces in (("data.json", _json(contact)), ("data.html", _html(contact))):
            with archive.open(name, "w") as raw, TextIOWrapper(raw, "utf-8") as text:
                text.writelines(pieces)
        archive.writestr("data.css", render_to_string("newsletters/archive/data.css"))
    file.seek(0)
    return file


def _json(contact: Contact) -> Iterator[str]:
    encoder = DjangoJSONEncoder(ensure_ascii=False)
    made = encoder.encode(timezone.now())
    yield f'{{"made": {made}, "by": {json.dumps(settings.SITE_NAME, ensure_ascii=False)}'
    for section in held.sections(contact, _reading(contact)):
        yield f",\n{json.dumps(section.name)}: ["
        for number, row in enumerate(section.rows()):
            yield ("," if number else "") + "\n  " + encoder.encode(row)
        yield "]"
    yield "}\n"


def _html(contact: Contact) -> Iterator[str]:
    about = {
        "site_name": settings.SITE_NAME,
        "made": timezone.now(),
        "language": translation.get_language(),
        "is_rtl": translation.get_language_bidi(),
    }
    yield render_to_string("newsletters/archive/head.html", about)
    for section in held.sections(contact, _reading(contact)):
        yield render_to_string("newsletters/archive/section.html", {"label": section.label})
        is_empty = True
        for row in section.rows():
            is_empty = False
            yield render_to_string("newsletters/archive/row.html", {"row": row})
        if is_empty:
            yield render_to_string("newsletters/archive/empty.html")
    yield render_to_string("newsletters/archive/foot.html")


def _reading(contact: Contact) -> held.Fill:
    """Reads the subject of a mailing with her eyes: what she is called now stands in it."""
    known = values(Reader(0, contact), LinkMaker())

    def read(subject: str) -> str:
        try:
            return Subject(subject).fill(known)
        except TextRefused:
            # A field there was at the time.
            return PLACE.sub("…", subject)

    return read
