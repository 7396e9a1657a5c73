"""One chunk of an import taken back, in the same few statements however many people it holds.

``u`` is one person of the chunk with what is done about her, ``i`` what the import
changed on her, ``c`` the person.
"""

from typing import Any

from django.db.models import ForeignObjectRel

from newsletters.imports.columns import PROFILE
from newsletters.models import ConsentAct, ConsentEvent, Contact, ImportChange, ImportJob
from newsletters.services import consent
from newsletters.services.imports.statements import ask, columns, now, pick, run, text_of

# Of one connection. ``acted``: she has said something about the list since. ``goes``: the
# import made her, and nothing has happened with her since.
MAKE_ROOM = """
CREATE TEMPORARY TABLE IF NOT EXISTS import_undo (
    change_id bigint, contact_id bigint, acted boolean, goes boolean
)$until_commit"""
EMPTY = "DELETE FROM import_undo"
LOCK = """
SELECT COUNT(*) FROM (
    SELECT c.id FROM newsletters_contact c JOIN (
        SELECT i.contact_id FROM newsletters_importchange i
        WHERE i.job_id = %(job)s ORDER BY i.id LIMIT %(most)s
    ) n ON n.contact_id = c.id ORDER BY c.id FOR UPDATE OF c
) locked"""
TAKE = """
INSERT INTO import_undo (change_id, contact_id, acted, goes)
SELECT i.id, i.contact_id, EXISTS (
    SELECT 1 FROM newsletters_consentevent e
    WHERE e.contact_id = i.contact_id AND e.mailing_list_id = %(list)s
      AND e.happened_at >= %(since)s AND e.method <> %(method)s
), i.created
FROM newsletters_importchange i
WHERE i.job_id = %(job)s ORDER BY i.id LIMIT %(most)s"""
# Who joined by the import and has not spoken since.
ON_LIST = """
FROM newsletters_subscription m
JOIN import_undo u ON u.contact_id = m.contact_id AND NOT u.acted
JOIN newsletters_importchange i ON i.id = u.change_id
JOIN newsletters_contact c ON c.id = m.contact_id
WHERE m.mailing_list_id = %(list)s AND m.state = 'active' AND m.method = %(method)s
  AND i.after ->> 'joined' IS NOT NULL"""
TAKE_OFF = "DELETE FROM newsletters_subscription WHERE id IN (SELECT m.id $on_list)"
PROVE = "INSERT INTO newsletters_consentevent ($names) SELECT $expressions $on_list"
UNTAG = """
DELETE FROM newsletters_contact_tags WHERE id IN (
    SELECT w.id FROM import_undo u JOIN newsletters_importchange i ON i.id = u.change_id
    CROSS JOIN $added JOIN newsletters_tag g ON g.name = t.value
    JOIN newsletters_contact_tags w ON w.tag_id = g.id AND w.contact_id = u.contact_id
)"""
ADDED_POSTGRESQL = "jsonb_array_elements_text(i.after -> 'tags') t(value)"
ADDED_SQLITE = "json_each(i.after -> 'tags') t"
STAYS = "UPDATE import_undo SET goes = FALSE WHERE goes AND $why"
HAS_ACTED = "acted"
# Since, or the import had not made her. Gone, nobody could lift it for her.
IS_LEFT_ALONE = """EXISTS (
    SELECT 1 FROM newsletters_suppression y
    JOIN newsletters_contact c ON c.address_key = y.address_key
    WHERE c.id = import_undo.contact_id
)"""
HAS_CHANGED = """EXISTS (
    SELECT 1 FROM newsletters_importchange i
    JOIN newsletters_contact c ON c.id = i.contact_id
    WHERE i.id = import_undo.change_id AND ($differs)
)"""
HAS_HISTORY = """EXISTS (
    SELECT 1 FROM $table r WHERE r.$column = import_undo.contact_id$but
)"""
RESTORE = """
UPDATE newsletters_contact SET $changes
FROM import_undo u JOIN newsletters_importchange i ON i.id = u.change_id
WHERE newsletters_contact.id = u.contact_id AND NOT u.goes"""
HELD_POSTGRESQL = """
jsonb_strip_nulls(newsletters_contact.attributes || COALESCE((
    SELECT jsonb_object_agg(e.key, COALESCE(i.before -> 'attributes' -> e.key, 'null'))
    FROM jsonb_each(i.after -> 'attributes') e
    WHERE COALESCE(newsletters_contact.attributes -> e.key, 'null') = e.value
), '{}'))"""
HELD_SQLITE = """
json_patch(newsletters_contact.attributes, (
    SELECT json_group_object(e.key, json(COALESCE(i.before -> 'attributes' -> e.key, 'null')))
    FROM json_each(i.after -> 'attributes') e
    WHERE (newsletters_contact.attributes ->> e.key) IS NOT DISTINCT FROM e.value
))"""
GOING = "(SELECT u.contact_id FROM import_undo u WHERE u.goes)"
# The ledger keeps the key; everything else that points to her would have made her stay.
UNNAME = "UPDATE newsletters_consentevent SET contact_id = NULL WHERE contact_id IN $going"
FORGET = "DELETE FROM newsletters_importchange WHERE id IN (SELECT u.change_id FROM import_undo u)"
REMOVE = "DELETE FROM newsletters_contact WHERE id IN $going"


def take_back(*, job: ImportJob, most: int) -> int:
    """Take back the next ``most`` changes of the import; each is deleted with it. Returns how many.

    Runs in the caller's transaction, with the import's lease held.
    """
    values = {
        "job": job.pk,
        "list": job.mailing_list_id or 0,
        "method": job.method,
        "undone": f"undo of {job.method}",
        "since": now(job.created_at),
        "most": most,
    }
    run(MAKE_ROOM, {})
    run(EMPTY, {})
    if pick("locks", ""):
        ask(LOCK, values)
    done = run(TAKE, values)
    if done:
        _leave_list(job, values)
        run(UNTAG, {}, added=pick(ADDED_POSTGRESQL, ADDED_SQLITE))
        _choose_who_goes(values)
        run(RESTORE, {"now": now()}, changes=_restored())
        run(FORGET, {})
        run(UNNAME, {}, going=GOING)
        run(REMOVE, {}, going=GOING)
    return done


def _leave_list(job: ImportJob, values: dict[str, Any]) -> None:
    if job.mailing_list is None:
        return
    said = {
        "mailing_list_id": job.mailing_list.pk,
        "purpose": consent.purpose_of(job.mailing_list),
        "act": str(ConsentAct.WITHDRAWN),
        "happened_at": now(),
    }
    expressions = {name: f"%({name})s" for name in said}
    expressions |= {"contact_id": "c.id", "address_key": "c.address_key", "method": "%(undone)s"}
    names, written, defaults = columns(ConsentEvent, expressions)
    run(PROVE, defaults | said | values, names=names, expressions=written, on_list=ON_LIST)
    run(TAKE_OFF, values, on_list=ON_LIST)


def _choose_who_goes(values: dict[str, Any]) -> None:
    """Whoever the import made goes, unless she has acted, was blocked or changed, or has a history.

    Asks every table that points to a contact, also those of apps this one does not know.
    """
    run(STAYS, {}, why=HAS_ACTED)
    run(STAYS, {}, why=IS_LEFT_ALONE)
    run(STAYS, {}, why=text_of(HAS_CHANGED, differs=_differs()))
    for relation in Contact._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or relation.many_to_many:
            continue
        model = relation.related_model
        but = ""
        if model is ImportChange:
            but = " AND r.job_id <> %(job)s"
        elif model is ConsentEvent:
            but = " AND r.method <> %(method)s AND r.method <> %(undone)s"
        words = {"table": model._meta.db_table, "column": str(relation.field.column), "but": but}
        run(STAYS, values, why=text_of(HAS_HISTORY, **words))


def _differs() -> str:
    """Whether the person no longer is as the import made her."""
    fields = [f"c.{name} <> COALESCE(i.after ->> '{name}', '')" for name in PROFILE]
    fields.append(
        pick(
            "c.attributes <> COALESCE(i.after -> 'attributes', '{}')",
            "json(c.attributes) <> COALESCE(i.after -> 'attributes', '{}')",
        )
    )
    return " OR ".join(fields)


def _restored() -> str:
    """Fields that still hold what the import wrote get back what they held before."""
    fields = [
        f"{name} = CASE WHEN newsletters_contact.{name} = i.after ->> '{name}'"
        f" THEN COALESCE(i.before ->> '{name}', '') ELSE newsletters_contact.{name} END"
        for name in PROFILE
    ]
    held = pick(HELD_POSTGRESQL, HELD_SQLITE)
    return ", ".join([*fields, f"attributes = {held}", "updated_at = %(now)s"])
