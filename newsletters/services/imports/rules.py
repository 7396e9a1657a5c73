"""What an import may do to people: decided by the database for a whole chunk at once.

Nothing here can raise a consent: only the person can. Suppressed, bounced, erased: nothing,
erased people by whichever spelling of their address.
Left the list: nothing. Waiting for confirmation: stays waiting. An empty cell erases only
where that was asked for, and only when overwriting. Tags are only added.

``s`` is a row of the import, ``c`` the person we know, ``k`` what was decided.
"""

from typing import NamedTuple

from django.db import connection

from newsletters.models import ImportJob
from newsletters.services.imports.differences import words_of
from newsletters.services.imports.statements import Among, ask, pick, run, text_of

# Of one connection: what was decided about each row of the chunk in hand.
MAKE_ROOM = """
CREATE TEMPORARY TABLE IF NOT EXISTS import_chunk (
    id bigint, contact_id bigint, address_key varchar(32), outcome varchar(12),
    differs boolean, joins boolean, waiting boolean
)$until_commit"""
EMPTY = "DELETE FROM import_chunk"
# Of one connection: whom we know of the chunk in hand. Looked for once, by an index.
MAKE_ROOM_FOR_KNOWN = """
CREATE TEMPORARY TABLE IF NOT EXISTS import_known (
    id bigint PRIMARY KEY, contact_id bigint
)$until_commit"""
EMPTY_KNOWN = "DELETE FROM import_known"

# A further address of somebody we know stands for her own from here on.
FIND = """
UPDATE newsletters_stagedperson SET email = (
    SELECT c.email FROM newsletters_otheraddress o
    JOIN newsletters_contact c ON c.id = o.contact_id
    WHERE o.email = newsletters_stagedperson.email
)
WHERE id > %(after)s AND id <= %(last)s
  AND email IN (SELECT o.email FROM newsletters_otheraddress o)
  AND NOT EXISTS (
    SELECT 1 FROM newsletters_contact c WHERE c.email = newsletters_stagedperson.email
  )"""

# The rows behind the first one of the same person.
DOUBLES = """
SELECT n.id FROM (
    SELECT s.id, ROW_NUMBER() OVER (PARTITION BY s.email$by_letter ORDER BY s.id) AS number
    FROM newsletters_stagedperson s WHERE s.id > %(after)s AND s.id <= %(last)s
) n WHERE n.number > 1"""
MARK_DOUBLES = """
UPDATE newsletters_stagedperson SET is_double = TRUE
WHERE id > %(after)s AND id <= %(last)s AND id IN ($doubles)"""

KNOW = """
INSERT INTO import_known (id, contact_id)
SELECT s.id, c.id FROM newsletters_stagedperson s
JOIN newsletters_contact c ON c.email = s.email
WHERE s.id > %(after)s AND s.id <= %(last)s AND NOT s.is_double"""
# In the order of their ids, so that two who lock never wait for each other in a circle.
LOCK = """
SELECT COUNT(*) FROM (
    SELECT c.id FROM newsletters_contact c JOIN import_known n ON n.contact_id = c.id
    ORDER BY c.id FOR NO KEY UPDATE OF c
) locked"""

DECIDE = """
INSERT INTO import_chunk (id, contact_id, address_key, outcome, differs, joins, waiting)
SELECT d.id, COALESCE(d.contact_id, $new_id), d.address_key,
       CASE WHEN d.is_double THEN 'duplicate'
            WHEN d.is_suppressed THEN 'suppressed'
            WHEN d.contact_id IS NULL THEN 'created'
            WHEN d.standing = 'unsubscribed' THEN 'unsubscribed'
            WHEN %(policy)s = 'keep' THEN 'unchanged'
            WHEN d.differs OR d.joins OR d.is_tagged THEN 'updated'
            ELSE 'unchanged' END,
       d.differs, d.joins, COALESCE(d.standing = 'pending', FALSE)
FROM (
    SELECT s.id, c.id AS contact_id, m.state AS standing,
           COALESCE(c.address_key, s.address_key) AS address_key,
           s.is_double OR (c.id IS NOT NULL AND EXISTS (
               SELECT 1 FROM newsletters_importchange i
               WHERE i.job_id = %(job)s AND i.contact_id = c.id
           )) AS is_double,
           x.id IS NOT NULL OR f.id IS NOT NULL OR COALESCE(c.state <> 'reachable', FALSE)
               OR (c.address_key <> s.address_key AND EXISTS (
                   SELECT 1 FROM newsletters_suppression y WHERE y.address_key = c.address_key
               )) AS is_suppressed,
           c.id IS NOT NULL AND COALESCE($differs, FALSE) AS differs,
           %(list)s > 0 AND s.agreed AND m.id IS NULL AS joins,
           c.id IS NOT NULL AND s.tags IS NOT NULL AND EXISTS ($missing_tags) AS is_tagged
    FROM newsletters_stagedperson s
    LEFT JOIN (
        import_known n JOIN newsletters_contact c ON c.id = n.contact_id
        LEFT JOIN newsletters_subscription m
            ON m.contact_id = c.id AND m.mailing_list_id = %(list)s
    ) ON n.id = s.id AND c.email = s.email
    LEFT JOIN newsletters_suppression x ON x.address_key = s.address_key
    LEFT JOIN newsletters_forgotten f ON f.person_key = s.person_key
    WHERE s.id > %(after)s AND s.id <= %(last)s
) d"""

COUNT = """
SELECT k.outcome, COUNT(*), COUNT(k.contact_id),
       SUM(CASE WHEN k.joins AND k.outcome IN ('created', 'updated') THEN 1 ELSE 0 END),
       SUM(CASE WHEN k.waiting AND k.outcome <> 'duplicate' THEN 1 ELSE 0 END)
FROM import_chunk k GROUP BY k.outcome"""


def values_of(job: ImportJob, after: int, last: int) -> dict[str, object]:
    """What the statements ask about: rows behind ``after`` up to ``last``."""
    tags = job.report.get("new_tags", [])
    return {
        "job": job.pk,
        "policy": job.policy,
        "list": job.mailing_list_id or 0,
        "after": after,
        "last": last,
        "among": Among(tags),
    }


class Decided(NamedTuple):
    """How many rows of a chunk have an outcome."""

    outcome: str
    rows: int
    # Of them people with an id: those we know, and in a writing those who get one.
    known: int
    joins: int
    waiting: int


def decide(
    job: ImportJob, after: int, last: int, *, writes: bool, looks: bool = True
) -> list[Decided]:
    """Decide about these rows, outcome by outcome.

    What was decided stays in ``import_chunk`` until the transaction ends. With ``writes``
    people we know are locked as they are, and new ones are given their id. Unless it
    ``looks``, everybody is taken for new: writing them fails when that is wrong.
    """
    values, words = values_of(job, after, last), words_of(job)
    for statement in (MAKE_ROOM, EMPTY, MAKE_ROOM_FOR_KNOWN, EMPTY_KNOWN):
        run(statement, {})
    if writes and run(FIND, values):
        mark_doubles(values)
        looks = True
    if looks:
        run(KNOW, values)
    if connection.vendor == "postgresql":
        # Unknown, its size is guessed too high, and all people are walked through.
        run("ANALYZE import_known", {})
        if writes:
            ask(LOCK, {})
    new_id = text_of("$new_id") if writes else "NULL"
    run(DECIDE, values, **words | {"new_id": new_id})
    return [Decided(*row) for row in ask(COUNT, {})]


def mark_doubles(values: dict[str, object]) -> None:
    """Of the rows of one person among these the first counts."""
    run(MARK_DOUBLES, values, doubles=doubles())


def doubles() -> str:
    """The query for rows behind the first one of the same person."""
    return text_of(DOUBLES, by_letter=pick(' COLLATE "C"', ""))
