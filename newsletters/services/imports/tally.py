"""What a dry run counts: rows by outcome with samples, warnings, domains, tags."""

from collections import Counter
from typing import Any

from newsletters.addresses import parse, suggestion
from newsletters.addresses.providers import RULES
from newsletters.custom_fields import show
from newsletters.imports.columns import PROFILE
from newsletters.imports.deciding import Outcome
from newsletters.imports.staging import SAMPLES, Block
from newsletters.models import ImportJob, StagedPerson
from newsletters.selectors import custom_fields
from newsletters.services.imports import staging
from newsletters.services.imports.differences import words_of
from newsletters.services.imports.rules import Decided, values_of
from newsletters.services.imports.statements import Among, ask, read_json

# One domain with this share or number of all rows looks like a trap or a bought list.
DOMAIN_SHARE = 0.2
DOMAIN_ROWS = 20_000
DOMAIN_LEAST = 50
MAX_NEW_TAGS = 200

NEW_TAGS = """
SELECT t.value FROM newsletters_stagedperson s CROSS JOIN $tags
WHERE s.id > %(after)s AND s.id <= %(last)s AND s.tags IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM newsletters_tag g WHERE g.name = t.value
)
GROUP BY t.value ORDER BY MIN(s.id), t.value LIMIT %(most)s"""
LEFT_OUT = """
FROM newsletters_stagedperson s
WHERE s.id > %(after)s AND s.id <= %(last)s AND s.tags IS NOT NULL AND EXISTS (
    SELECT 1 FROM $tags WHERE NOT (t.value $among) AND NOT EXISTS (
        SELECT 1 FROM newsletters_tag g WHERE g.name = t.value
    )
)"""
DOMAINS = """
SELECT d.name, COUNT(*) FROM (
    SELECT $domain AS name FROM newsletters_stagedperson s
    WHERE s.id > %(after)s AND s.id <= %(last)s AND NOT s.is_double
) d GROUP BY d.name HAVING COUNT(*) >= %(least)s ORDER BY 2 DESC LIMIT 20"""
WAITING = """
SELECT k.id FROM import_chunk k
WHERE k.waiting AND k.outcome <> 'duplicate' ORDER BY k.id LIMIT %(most)s"""
SAMPLE = """
SELECT k.id, s.email, $before, $after
FROM import_chunk k JOIN newsletters_stagedperson s ON s.id = k.id
LEFT JOIN newsletters_contact c ON c.id = k.contact_id
WHERE k.outcome = %(outcome)s ORDER BY k.id LIMIT %(most)s"""


class Tally:
    """Grows block by block and chunk by chunk; ``report`` is what is kept on the import."""

    def __init__(self, job: ImportJob) -> None:
        """Nothing is counted yet."""
        self._job = job
        self._counts: Counter[str] = Counter()
        self._samples: dict[str, list[dict[str, Any]]] = {}
        self._warnings: dict[str, tuple[int, list[int]]] = {}
        self._new_tags: list[str] = []
        self._unknown_tags: list[str] = []
        self._known = 0
        self._joins = 0
        self._fields = {field.key: field for field in custom_fields.known()}

    def read(self, block: Block) -> None:
        """Some rows were cleaned. Blocks may come in any order."""
        self._counts[Outcome.REFUSED] += len(block.refused)
        for code, (count, lines) in block.warnings.items():
            self._warn(code, count, lines)

    def read_tags(self) -> None:
        """All rows are staged: tags nobody made are made, if staff said so, or left out."""
        values = self._span() | {"most": MAX_NEW_TAGS}
        names = [name for (name,) in ask(NEW_TAGS, values)]
        if self._job.makes_tags:
            self._new_tags = names
        else:
            self._unknown_tags = names
        # The rules read them there.
        self._job.report = {"new_tags": self._new_tags}
        if not names or (self._job.makes_tags and len(names) < MAX_NEW_TAGS):
            return
        values |= {"among": Among(self._new_tags), "most": SAMPLES}
        ((count,),) = ask("SELECT COUNT(*)" + LEFT_OUT, values)
        rows = ask("SELECT s.id" + LEFT_OUT + " ORDER BY s.id LIMIT %(most)s", values)
        if count:
            self._warn("tag", count, [staging.line_of(pk) for (pk,) in rows])

    def decided(self, counts: list[Decided]) -> int:
        """One chunk of which it is known what will happen. Returns how many rows it holds."""
        for count in counts:
            self._counts[count.outcome] += count.rows
            self._known += count.known
            self._joins += count.joins
            self._sample(count.outcome)
        waiting = sum(count.waiting for count in counts)
        if waiting:
            found = ask(WAITING, {"most": SAMPLES})
            self._warn("waiting", waiting, [staging.line_of(pk) for (pk,) in found])
        return sum(count.rows for count in counts)

    def report(self) -> dict[str, Any]:
        """Everything as JSON."""
        self._sample_refused()
        found = sorted(self._warnings.items(), key=lambda item: -item[1][0])
        return {
            "counts": {outcome.value: self._counts[outcome] for outcome in Outcome},
            "samples": self._samples,
            "warnings": [
                {"code": code, "count": count, "lines": lines} for code, (count, lines) in found
            ],
            "slips": self._slips(),
            "domains": self._domains(),
            "new_tags": self._new_tags,
            "unknown_tags": self._unknown_tags,
            "known": self._known,
            "joins": self._joins,
        }

    def _warn(self, code: str, count: int, lines: list[int]) -> None:
        known, first = self._warnings.get(code, (0, []))
        self._warnings[code] = (known + count, sorted([*first, *lines])[:SAMPLES])

    def _sample(self, outcome: str) -> None:
        kept = self._samples.setdefault(outcome, [])
        most = SAMPLES - len(kept)
        if not most:
            return
        values = values_of(self._job, 0, 0) | {"outcome": outcome, "most": most}
        for pk, email, before, after in ask(SAMPLE, values, **words_of(self._job)):
            changes: list[list[str]] = []
            if outcome in {Outcome.CREATED, Outcome.UPDATED}:
                changes = self._changes(read_json(before), read_json(after))
            kept.append({"line": staging.line_of(pk), "email": email, "changes": changes})

    def _changes(self, before: dict[str, Any], after: dict[str, Any]) -> list[list[str]]:
        found = [[name, before.get(name, ""), after[name]] for name in PROFILE if name in after]
        old, new = before.get("attributes", {}), after.get("attributes", {})
        found += [
            [field.name, show(field, old.get(key)), show(field, new[key])]
            for key, field in self._fields.items()
            if key in new
        ]
        if after.get("tags"):
            found.append(["tags", "", ", ".join(after["tags"])])
        return found

    def _sample_refused(self) -> None:
        errors = self._job.row_errors.order_by("row", "pk")[:SAMPLES]
        if errors:
            self._samples[Outcome.REFUSED] = [
                {
                    "line": error.row,
                    "text": f"{error.column}: {error.message}" if error.column else error.message,
                }
                for error in errors
            ]

    def _slips(self) -> list[list[Any]]:
        """Addresses that look mistyped: line, as it stands, as it was probably meant."""
        _count, lines = self._warnings.get("typo", (0, []))
        first, _last = staging.span(self._job)
        rows = StagedPerson.objects.filter(pk__in=[first + line for line in lines]).order_by("pk")
        return [
            [staging.line_of(pk), email, meant]
            for pk, email in rows.values_list("pk", "email")
            # A further address of somebody is her own one by now.
            if (meant := suggestion(parse(email)))
        ]

    def _domains(self) -> list[dict[str, Any]]:
        refused = self._counts[Outcome.REFUSED] + self._counts[Outcome.DUPLICATE]
        people = self._counts.total() - refused
        return [
            {"domain": name, "count": count}
            for name, count in ask(DOMAINS, self._span() | {"least": DOMAIN_LEAST})
            if (count > DOMAIN_ROWS or count > people * DOMAIN_SHARE) and name not in RULES
        ]

    def _span(self) -> dict[str, Any]:
        first, last = staging.span(self._job)
        return {"after": first, "last": last}
