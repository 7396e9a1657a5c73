"""Figures and sentences of an import, as its pages show them."""

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletters.imports.columns import BY_NAME
from newsletters.imports.deciding import Outcome
from newsletters.imports.sentences import FILE, NOTES, WARNINGS
from newsletters.models import ImportJob
from newsletters.states import ImportState

WORKING = {ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING}


def tiles(job: ImportJob) -> list[dict[str, Any]]:
    """The counts: of what was written once it is, of the dry run before that."""
    counts = dict(job.report.get("counts", {}))
    if job.result:
        counts |= {name.value: job.result.get(name, 0) for name in _WRITTEN}
    return [
        {"label": label, "value": counts.get(outcome, 0), "tone": tone}
        for outcome, label, tone in _labels()
        if counts.get(outcome) or outcome in {Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED}
    ]


def samples(job: ImportJob) -> list[dict[str, Any]]:
    """Up to ten rows of each outcome, with what would change, field by field."""
    groups = []
    for outcome, label, _tone in _labels():
        rows = job.report.get("samples", {}).get(outcome, [])
        if rows:
            count = job.report["counts"][outcome]
            shown = [_shown(row) for row in rows]
            groups.append({"label": label, "count": count, "rows": shown, "outcome": outcome})
    return groups


def warnings(job: ImportJob) -> list[dict[str, Any]]:
    """What staff should look at before anything is written."""
    found = [
        {
            "sentence": WARNINGS[warning["code"]],
            "count": warning["count"],
            "lines": ", ".join(str(line) for line in warning["lines"]),
        }
        for warning in job.report.get("warnings", [])
    ]
    for domain in job.report.get("domains", []):
        sentence = _(
            "Very many addresses are at %(domain)s. Bought lists and traps look like this; "
            "make sure you know these people."
        )
        found.append({"sentence": sentence % domain, "count": domain["count"], "lines": ""})
    unknown = job.report.get("unknown_tags", [])
    if unknown:
        sentence = _("Tags that do not exist here: %(names)s")
        shown = ", ".join(unknown[:20])
        found.append({"sentence": sentence % {"names": shown}, "count": len(unknown), "lines": ""})
    return found


def notes(job: ImportJob) -> list[Any]:
    """What should be looked at in the file itself."""
    return [NOTES[code] for code in job.layout.get("notes", [])]


def problem(job: ImportJob) -> Any:
    """Why the columns cannot be mapped as they stand, or nothing."""
    code = job.layout.get("problem")
    return FILE[code] if code else ""


def progress(job: ImportJob) -> dict[str, Any]:
    """How far the running step is: value, total (0: not known yet), a sentence, done."""
    state = ImportState(job.state)
    total = {
        ImportState.CHECKING: job.rows_total,
        ImportState.APPLYING: job.people_total,
        ImportState.UNDOING: job.result.get("created", 0) + job.result.get("updated", 0),
    }.get(state, 0)
    figures = {"done": number_format(job.cursor, force_grouping=True)}
    figures["total"] = number_format(total, force_grouping=True)
    sentence = {
        ImportState.CHECKING: _("%(done)s of %(total)s rows checked. Nothing is written yet."),
        ImportState.APPLYING: _("%(done)s of %(total)s people written."),
        ImportState.UNDOING: _("%(done)s of %(total)s people taken back."),
    }.get(state, _("Finished."))
    if state == ImportState.CHECKING and not total:
        sentence = _("Opening the file. Nothing is written yet.")
    return {
        "value": job.cursor,
        "total": total,
        "sentence": sentence % figures,
        "done": state not in WORKING,
    }


def summary(job: ImportJob) -> str:
    """One sentence for the button: what pressing it does."""
    counts = job.report.get("counts", {})
    people = counts.get("created", 0) + counts.get("updated", 0)
    if not people:
        return _("There is nothing to write: everybody in the sheet is as it says already.")
    text = ngettext(
        "%(people)s person will be created or changed, %(joins)s will join the list.",
        "%(people)s people will be created or changed, %(joins)s will join the list.",
        people,
    )
    figures = {"people": people, "joins": job.report.get("joins", 0)}
    return text % {key: number_format(value, force_grouping=True) for key, value in figures.items()}


_WRITTEN = (
    Outcome.CREATED,
    Outcome.UPDATED,
    Outcome.UNCHANGED,
    Outcome.SUPPRESSED,
    Outcome.UNSUBSCRIBED,
)


def _labels() -> list[tuple[Outcome, str, str]]:
    return [
        (Outcome.CREATED, _("New people"), "good"),
        (Outcome.UPDATED, _("Changed"), "ink"),
        (Outcome.UNCHANGED, _("Unchanged"), "mute"),
        (Outcome.REFUSED, _("Refused rows"), "bad"),
        (Outcome.UNSUBSCRIBED, _("Left the list earlier"), "warn"),
        (Outcome.SUPPRESSED, _("Not to be written to"), "warn"),
        (Outcome.DUPLICATE, _("Twice in the sheet"), "mute"),
    ]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """The number of a row, and the reason of its refusal, or the person and what changes on her."""
    if "text" in row:
        return {"line": row["line"], "text": row["text"], "changes": []}
    changes = [
        {"label": BY_NAME[name].label if name in BY_NAME else name, "before": old, "after": new}
        for name, old, new in row["changes"]
    ]
    return {"line": row["line"], "text": row["email"], "changes": changes}
