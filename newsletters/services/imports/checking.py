"""The dry run: reads every row, says what would happen, writes nothing to people."""

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field
from itertools import islice
from typing import IO, Any

from django.db import transaction

from newsletters.imports import child
from newsletters.imports.cleaning import Person, Recipe, Refusal, clean
from newsletters.imports.deciding import Outcome, decide
from newsletters.imports.layout import from_json
from newsletters.imports.refusals import FileRefused
from newsletters.imports.text import Row
from newsletters.models import ImportJob, ImportRowError, Tag
from newsletters.selectors.imports import directory
from newsletters.services.imports import files, leases
from newsletters.services.imports.creating import sentence
from newsletters.services.imports.leases import LeaseLost
from newsletters.services.imports.tally import Tally
from newsletters.services.imports.terms import terms_of
from newsletters.states import ImportState
from worker.stopping import stopping

CHUNK = 1000
_SHOWN_CELLS = 100
_SHOWN_CELL = 1000


def check(*, job_id: int) -> None:
    """CHECKING → CHECKED with the report, every refused row and the people who would be written.

    FAILED with a sentence when the file cannot be read to its end. Starts from
    the first row each time; two at once: the second stops quietly.
    """
    job = leases.take(job_id, ImportState.CHECKING)
    if job is None:
        return
    try:
        _run(job)
    except LeaseLost:
        return
    except FileRefused as refused:
        leases.finish(job, ImportState.FAILED, error=sentence(refused)[:500])


def _run(job: ImportJob) -> None:
    leases.renew(job, lease=leases.LONG_LEASE, cursor=0)
    if not job.rows_name:
        _convert(job)
    with transaction.atomic():
        leases.renew(job)
        job.row_errors.all().delete()
    with files.workplace() as folder:
        with (folder / "people").open("w", encoding="utf-8") as people:
            run = _Run(job, people)
            for chunk in _chunks(job.rows_name):
                if stopping.is_set():
                    leases.release(job)
                    return
                run.take(chunk)
        _finish(job, run, files.keep(folder / "people"))


def _convert(job: ImportJob) -> None:
    """Once per layout: the rows of whatever file it is, as lines of JSON in private storage."""
    with files.workplace() as folder, files.local_copy(job.stored_name) as upload:
        found = child.convert(upload, folder / "rows", from_json(job.layout))
        name = files.keep(folder / "rows")
    hidden = [note for note in ("hidden_rows", "hidden_columns") if found[note]]
    layout = job.layout | {"notes": [*job.layout["notes"], *hidden]}
    _replace_file(job, "rows_name", name, rows_total=found["rows"], layout=layout)


def _finish(job: ImportJob, run: "_Run", people_name: str) -> None:
    old = job.people_name
    try:
        leases.finish(
            job,
            ImportState.CHECKED,
            report=run.tally.report(),
            people_name=people_name,
            people_total=run.written,
            cursor=0,
            offset=0,
        )
    except LeaseLost:
        files.remove(people_name)
        raise
    files.remove(old)


def _replace_file(job: ImportJob, field_name: str, name: str, **values: Any) -> None:
    old = getattr(job, field_name)
    changes: dict[str, Any] = {field_name: name, **values}
    try:
        leases.renew(job, **changes)
    except LeaseLost:
        files.remove(name)
        raise
    files.remove(old)


def _chunks(name: str) -> Iterator[list[Row]]:
    rows = (Row(*row) for _offset, row in files.read_lines(name))
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


@dataclass
class _Run:
    """One dry run: what it has counted, whom it has seen, the file of people it fills."""

    job: ImportJob
    people: IO[str]
    tally: Tally = field(default_factory=Tally)
    written: int = 0
    # Address keys as numbers: 80 MB for a million.
    _seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        names = self.job.layout["columns"]
        self._recipe = Recipe(
            fields={int(at): name for at, name in self.job.mapping.items()},
            names=[name or str(at + 1) for at, name in enumerate(names)],
            yes_words=frozenset(self.job.yes_words),
        )
        self._terms = terms_of(self.job)
        self._tags = set(Tag.objects.values_list("name", flat=True))

    def take(self, rows: list[Row]) -> None:
        """One chunk: a fixed number of queries, and the cursor moved in the same transaction."""
        refused, people = self._sort(rows)
        with transaction.atomic():
            leases.renew(self.job, cursor=self.job.cursor + len(rows))
            ImportRowError.objects.bulk_create(_error(self.job, refusal) for refusal in refused)
            known_people = directory(people, self.job.mailing_list)
        for person in people:
            known = known_people.known(person.email)
            suppressed = person.key in known_people.suppressed
            decision = decide(person, known, suppressed=suppressed, terms=self._terms)
            self._warn(person, known.subscription if known else "")
            self.tally.decided(person, known, decision)
            self.people.write(json.dumps(astuple(person)[:-1], ensure_ascii=False) + "\n")
        self.written += len(people)

    def _sort(self, rows: list[Row]) -> tuple[list[Refusal], list[Person]]:
        refused: list[Refusal] = []
        people: list[Person] = []
        for row in rows:
            person = clean(row, self._recipe)
            if isinstance(person, Refusal):
                refused.append(person)
                text = f"{person.column}: {person.message}" if person.column else person.message
                self.tally.note(Outcome.REFUSED, {"line": person.line, "text": text})
                continue
            number = int(person.key, 16)
            if number in self._seen:
                sample = {"line": person.line, "email": person.email, "changes": []}
                self.tally.note(Outcome.DUPLICATE, sample)
                continue
            self._seen.add(number)
            self._settle_tags(person)
            self.tally.count_domain(person.email)
            people.append(person)
        return refused, people

    def _settle_tags(self, person: Person) -> None:
        """Tags nobody made are left out, unless staff said that they shall be made."""
        for tag in [tag for tag in person.tags if tag not in self._tags]:
            if not self.tally.takes_new_tag(tag, makes=self.job.makes_tags):
                person.tags.remove(tag)
                person.warnings.append("tag")

    def _warn(self, person: Person, subscription: str) -> None:
        for code in dict.fromkeys(person.warnings):
            self.tally.warn(code, person.line)
        if self._recipe.asks_consent and self._terms.joins_list and not person.agreed:
            self.tally.warn("no_consent", person.line)
        if subscription == "pending":
            self.tally.warn("waiting", person.line)


def _error(job: ImportJob, refusal: Refusal) -> ImportRowError:
    cells = [cell and cell[:_SHOWN_CELL] for cell in refusal.cells[:_SHOWN_CELLS]]
    return ImportRowError(
        job=job,
        row=refusal.line,
        column=refusal.column[:120],
        message=refusal.message[:300],
        cells=cells,
    )
