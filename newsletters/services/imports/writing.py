"""What was decided about a chunk, written: the same few statements whatever the chunk holds."""

from typing import Any

from newsletters.imports.columns import PROFILE
from newsletters.imports.deciding import Outcome
from newsletters.models import (
    ConsentAct,
    ConsentEvent,
    Contact,
    ImportJob,
    MailingList,
    Subscription,
)
from newsletters.services import consent
from newsletters.services.imports.differences import new, words_of
from newsletters.services.imports.rules import decide, values_of
from newsletters.services.imports.statements import columns, now, pick, run
from newsletters.states import SubscriptionState

# First of all, while what will change can still be read.
NOTE = """
INSERT INTO newsletters_importchange (job_id, contact_id, created, before, after)
SELECT %(job)s, k.contact_id, FALSE, $before, $after
FROM import_chunk k JOIN newsletters_stagedperson s ON s.id = k.id
JOIN newsletters_contact c ON c.id = k.contact_id
WHERE k.outcome = 'updated'"""
NOTE_NEW = """
INSERT INTO newsletters_importchange (job_id, contact_id, created, before, after)
SELECT %(job)s, k.contact_id, TRUE, '{}', $new
FROM import_chunk k JOIN newsletters_stagedperson s ON s.id = k.id
CROSS JOIN (SELECT CAST(NULL AS bigint) AS id) c
WHERE k.outcome = 'created'"""
CREATE = """
INSERT INTO newsletters_contact ($names) SELECT $expressions
FROM import_chunk k JOIN newsletters_stagedperson s ON s.id = k.id
WHERE k.outcome = 'created'"""
# Exactly what was noted.
CHANGE = """
UPDATE newsletters_contact SET $changes
FROM import_chunk k JOIN newsletters_importchange i
    ON i.job_id = %(job)s AND i.contact_id = k.contact_id
WHERE newsletters_contact.id = k.contact_id AND k.outcome = 'updated' AND k.differs"""
TAG = """
INSERT INTO newsletters_contact_tags (contact_id, tag_id)
SELECT k.contact_id, g.id
FROM import_chunk k JOIN newsletters_stagedperson s ON s.id = k.id
CROSS JOIN $tags JOIN newsletters_tag g ON g.name = t.value
WHERE k.outcome IN ('created', 'updated') AND s.tags IS NOT NULL
ON CONFLICT DO NOTHING"""
JOIN = """
INSERT INTO $table ($names) SELECT $expressions FROM import_chunk k
WHERE k.joins AND k.outcome IN ('created', 'updated')"""
DONE = "DELETE FROM newsletters_stagedperson WHERE id > %(after)s AND id <= %(last)s"


def write(*, job: ImportJob, after: int, last: int, looks: bool) -> dict[str, int]:
    """Do to the staged people behind ``after`` up to ``last`` what the rules say.

    They are no longer staged then. Returns the counts by outcome, and "joins". Runs in the
    caller's transaction, with the import's lease held. Raises IntegrityError when one of
    them signed up at this very moment, or is known and it did not look (rules.decide).
    """
    counts = decide(job, after, last, writes=True, looks=looks)
    values, words = values_of(job, after, last), words_of(job)
    run(NOTE, values, **words)
    run(NOTE_NEW, values, new=new())
    _create()
    _change(job)
    run(TAG, {})
    if job.mailing_list:
        _join(job, job.mailing_list)
    run(DONE, values)
    found = {count.outcome: count.rows for count in counts if count.outcome != Outcome.DUPLICATE}
    joins = sum(int(count.joins) for count in counts)
    return found | ({"joins": joins} if joins else {})


def _create() -> None:
    said = {name: f"COALESCE(s.{name}, '')" for name in PROFILE}
    said |= {name: f"s.{name}" for name in ("email", "email_typed", "address_key", "person_key")}
    said["id"] = "k.contact_id"
    said["attributes"] = pick(
        "COALESCE(jsonb_strip_nulls(s.attributes), '{}')",
        "json_patch('{}', COALESCE(s.attributes, '{}'))",
    )
    names, expressions, values = columns(Contact, said)
    run(CREATE, values, names=names, expressions=expressions)


def _change(job: ImportJob) -> None:
    table = Contact._meta.db_table
    changes = [f"{name} = COALESCE(i.after ->> '{name}', {table}.{name})" for name in PROFILE]
    changes.append(
        "attributes = "
        + pick(
            f"jsonb_strip_nulls({table}.attributes || COALESCE(i.after -> 'attributes', '{{}}'))",
            f"json_patch({table}.attributes, COALESCE(i.after -> 'attributes', '{{}}'))",
        )
    )
    changes.append("updated_at = %(now)s")
    run(CHANGE, {"job": job.pk, "now": now()}, changes=", ".join(changes))


def _join(job: ImportJob, mailing_list: MailingList) -> None:
    """Subscriptions, and the proof of each."""
    moment = now()
    said: dict[str, Any] = {
        "mailing_list_id": mailing_list.pk,
        "state": str(SubscriptionState.ACTIVE),
        "method": job.method,
        "confirmed_at": moment,
    }
    _insert(Subscription, {"contact_id": "k.contact_id"}, said)
    said = {
        "mailing_list_id": mailing_list.pk,
        "purpose": consent.purpose_of(mailing_list),
        "act": str(ConsentAct.GRANTED),
        "wording_id": job.wording_id,
        "method": job.method,
        "legal_basis": f"{job.legal_basis}: {job.source}"[:200],
        "happened_at": moment,
    }
    _insert(ConsentEvent, {"contact_id": "k.contact_id", "address_key": "k.address_key"}, said)


def _insert(model: Any, expressions: dict[str, str], values: dict[str, Any]) -> None:
    said = expressions | {name: f"%({name})s" for name in values}
    names, written, defaults = columns(model, said)
    words = {"table": model._meta.db_table, "names": names, "expressions": written}
    run(JOIN, defaults | values, **words)
