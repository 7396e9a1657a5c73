"""What a row changes on the person we know: the pieces of the statements that the policy decides.

``s`` is a row of the import, ``c`` the person we know (NULL: a new one), ``k`` what was
decided, ``e`` one custom field the row speaks of.
"""

from newsletters.imports.columns import PROFILE
from newsletters.models import ImportJob, ImportPolicy
from newsletters.services.imports.statements import pick, text_of

# Of one column, by policy. A NULL in the row says nothing, an empty text asks for emptying.
OVERWRITTEN = "(s.$name <> COALESCE(c.$name, ''))"
FILLED = "(s.$name <> '' AND COALESCE(c.$name, '') = '')"

# Tags she does not wear yet; those of ``among`` will be made.
MISSING_TAGS = """
SELECT $what FROM $tags LEFT JOIN newsletters_tag g ON g.name = t.value
WHERE (g.id IS NULL AND t.value $among) OR (g.id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM newsletters_contact_tags w WHERE w.tag_id = g.id AND w.contact_id = c.id
))"""

# The fields that are not NULL, and the custom fields that change where there are any.
NOTED_POSTGRESQL = """
jsonb_strip_nulls(jsonb_build_object($fields)) || COALESCE((
    SELECT jsonb_build_object('attributes', jsonb_object_agg(e.key, $value))
    FROM jsonb_each(s.attributes) e WHERE $changes HAVING COUNT(*) > 0
), '{}')"""
NOTED_SQLITE = """
CASE WHEN EXISTS (SELECT 1 FROM json_each(s.attributes) e WHERE $changes) THEN json_set(
    json_patch('{}', json_object($fields)), '$$.attributes',
    json((SELECT json_group_object(e.key, $value) FROM json_each(s.attributes) e WHERE $changes))
) ELSE json_patch('{}', json_object($fields)) END"""


# Of somebody new all that the row says is a change.
NEW_POSTGRESQL = """
jsonb_strip_nulls(jsonb_build_object($fields, 'attributes', s.attributes))"""
NEW_SQLITE = "json_patch('{}', json_object($fields, 'attributes', json(s.attributes)))"


def words_of(job: ImportJob) -> dict[str, str]:
    """``$differs`` and ``$missing_tags``, and what is noted: ``$before`` and ``$after``.

    Before and after are the fields that change, as they were and as they will be:
    {field: text, "attributes": {key: value or null}}, and in after "tags" (those
    added) and "joined".
    """
    rule = OVERWRITTEN if job.policy == ImportPolicy.OVERWRITE else FILLED
    changed = {name: text_of(rule, name=name) for name in PROFILE}
    changes = _attribute_changes(job)
    each = pick("jsonb_each(s.attributes) e", "json_each(s.attributes) e")
    attributes = text_of("EXISTS (SELECT 1 FROM $each WHERE $changes)", each=each, changes=changes)
    return {
        "differs": " OR ".join([*changed.values(), attributes]),
        "missing_tags": text_of(MISSING_TAGS, what="1"),
        "before": _before(changed, changes),
        "after": _after(changed, changes),
    }


def _attribute_changes(job: ImportJob) -> str:
    """Whether a value in the row becomes the person's."""
    if job.policy == ImportPolicy.OVERWRITE:
        return pick(
            "COALESCE(c.attributes -> e.key, 'null') <> e.value",
            "(c.attributes ->> e.key) IS DISTINCT FROM e.value",
        )
    return pick(
        "e.value <> 'null' AND COALESCE(c.attributes -> e.key, 'null') IN ('null', '\"\"', '[]')",
        "e.value IS NOT NULL AND COALESCE(c.attributes ->> e.key, '') IN ('', '[]')",
    )


def _before(changed: dict[str, str], changes: str) -> str:
    fields = _fields("'$name', CASE WHEN $rule THEN c.$name END", changed)
    value = pick(
        "COALESCE(c.attributes -> e.key, 'null')",
        "json(COALESCE(c.attributes -> e.key, 'null'))",
    )
    nothing = pick("'{}'::jsonb", "'{}'")
    return text_of(
        "CASE WHEN c.id IS NULL THEN $nothing ELSE $noted END",
        nothing=nothing,
        noted=_noted(", ".join(fields), changes, value),
    )


def _after(changed: dict[str, str], changes: str) -> str:
    fields = _fields("'$name', CASE WHEN $rule THEN s.$name END", changed)
    value = pick("e.value", "json(s.attributes -> e.key)")
    return _noted(", ".join([*fields, *_added()]), changes, value)


def new() -> str:
    """What is noted in after of somebody the import makes."""
    fields = [f"'{name}', NULLIF(s.{name}, '')" for name in PROFILE]
    return text_of(pick(NEW_POSTGRESQL, NEW_SQLITE), fields=", ".join([*fields, *_added()]))


def _added() -> list[str]:
    """Tags, and whether she joins the list."""
    tags = text_of(MISSING_TAGS, what=pick("jsonb_agg(t.value)", "json_group_array(t.value)"))
    listed = pick("CASE WHEN s.tags IS NOT NULL THEN ($found) END", "json(NULLIF(($found), '[]'))")
    joined = pick("CASE WHEN k.joins THEN TRUE END", "json(CASE WHEN k.joins THEN 'true' END)")
    return ["'tags'", text_of(listed, found=tags), "'joined'", joined]


def _fields(piece: str, changed: dict[str, str]) -> list[str]:
    return [text_of(piece, name=name, rule=rule) for name, rule in changed.items()]


def _noted(fields: str, changes: str, value: str) -> str:
    statement = pick(NOTED_POSTGRESQL, NOTED_SQLITE)
    return text_of(statement, fields=fields, changes=changes, value=value)
