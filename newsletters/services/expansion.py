"""Making the list: one delivery row for everybody in the audience, in chunks that can be repeated.

The cursor moves in the transaction that writes the rows, so a kill between two
chunks loses nothing and doubles nothing, and two workers at once share the work.
"""

from datetime import timedelta

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import Case, DateTimeField, F, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.utils import timezone

from newsletters.errors import SegmentRefused
from newsletters.models import Contact, Delivery, Mailing, MailingVersion
from newsletters.selectors import audience
from newsletters.services import digest_expansion, mailings, versions, windows
from newsletters.states import DeliveryState, Lane, MailingKind, MailingState
from worker.doorbell import Job, ring
from worker.stopping import stopping

log = structlog.get_logger("newsletters.expansion")

CHUNK = 20_000


def expand(*, mailing_id: int) -> None:
    """Write the rows of a mailing that is EXPANDING; at the end EXPANDING → SENDING.

    Each chunk rings: its mails leave at once.

    Stops quietly when the mailing is paused, cancelled, done, or when this
    process is asked to stop: the next tick goes on behind the cursor. EXPANDING →
    PAUSED when its rule asks for what no longer exists.
    """
    try:
        while not stopping.is_set() and _chunk(mailing_id):
            pass
    except SegmentRefused as refused:
        mailings.pause_for_audience(mailing_id=mailing_id, why=refused)


def unfinished() -> list[int]:
    """Mailings whose list is being made, maybe by a dead worker."""
    rows = Mailing.objects.filter(state=MailingState.EXPANDING)
    return list(rows.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _chunk(mailing_id: int) -> bool:
    """One chunk. False when there is nothing more for this process to do."""
    mailing = Mailing.objects.filter(pk=mailing_id, state=MailingState.EXPANDING).first()
    version = versions.newest(mailing) if mailing else None
    if mailing is None or version is None:
        return False
    whom = audience.of(mailing)
    is_digest = mailing.kind == MailingKind.DIGEST
    size = digest_expansion.CHUNK if is_digest else CHUNK
    last = audience.end_of_stretch(whom, behind=mailing.expansion_cursor, size=size)
    if last is None:
        return _finish(mailing)
    if not _advance(mailing, last):
        return False
    people = audience.people(whom, between=(mailing.expansion_cursor, last))
    if is_digest:
        people = digest_expansion.readers(mailing, people)
        digest_expansion.write(mailing, version, people, whom.lists)
    else:
        _insert(people, _columns(mailing, version, whom.lists))
    # Nobody waits for the whole list: its first mails leave while the rest is being made.
    ring(Job.SEND_BULK)
    return True


def _advance(mailing: Mailing, last: int) -> bool:
    """Move the cursor. Only one process can, and none after a pause or a cancel."""
    return (
        Mailing.objects.filter(
            pk=mailing.pk,
            state=MailingState.EXPANDING,
            expansion_cursor=mailing.expansion_cursor,
        ).update(expansion_cursor=last)
        == 1
    )


def _finish(mailing: Mailing) -> bool:
    total = Delivery.objects.filter(mailing=mailing).count()
    changed = Mailing.objects.filter(
        pk=mailing.pk,
        state=MailingState.EXPANDING,
        expansion_cursor=mailing.expansion_cursor,
    ).update(state=MailingState.SENDING, total=total, started_at=timezone.now())
    if changed:
        log.info("mailing_expanded", mailing=mailing.pk, total=total)
        ring(Job.SEND_BULK)
    return False


def _columns(
    mailing: Mailing, version: MailingVersion, lists: tuple[int, ...]
) -> dict[str, Combinable]:
    """Column of a delivery → what stands in it. The columns that may be empty are left out."""
    now = Value(timezone.now(), output_field=DateTimeField())
    deadline = timezone.now() + timedelta(hours=mailing.deadline_hours)
    language = Case(
        When(language__in=sorted(version.parts), then=F("language")),
        default=Value(mailing.default_language),
    )
    empty = ("kind", "variant", "reason", "last_code", "last_text")
    return {
        "mailing_id": Value(mailing.pk),
        "version_id": Value(version.pk),
        "contact_id": F("pk"),
        "mailing_list_id": audience.reached_by(lists),
        "address": F("email"),
        "address_key": F("address_key"),
        "language": language,
        "lane": Value(int(Lane.BULK)),
        "state": Value(int(DeliveryState.READY)),
        "attempts": Value(0),
        "doubts": Value(0),
        "due_at": windows.due_column(mailing, timezone.now()),
        "created_at": now,
        "deadline_at": Value(deadline, output_field=DateTimeField()),
        **{name: Value("") for name in empty},
    }


def _insert(people: QuerySet[Contact], columns: dict[str, Combinable]) -> None:
    """INSERT … SELECT: a million people never pass through this process.

    Written by hand because the ORM has none; both engines read the same words.
    Whoever has a row already (unique by person and by address) keeps it. That
    hardly ever happens, and to be ready for it costs a sixth more: so first
    without, and again when it did.
    """
    named = {f"new_{name}": value for name, value in columns.items()}
    rows = people.order_by().annotate(**named).values_list(*named)
    select, parameters = rows.query.get_compiler(connection=connection).as_sql()
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    table = connection.ops.quote_name(Delivery._meta.db_table)
    statement = f"INSERT INTO {table} ({names}) {select}"
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(statement, parameters)
        except IntegrityError:
            cursor.execute(f"{statement} ON CONFLICT DO NOTHING", parameters)
