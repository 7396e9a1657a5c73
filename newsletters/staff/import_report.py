"""Figures and sentences of an import, as its pages show them."""

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletters.imports.columns import BY_NAME
from newsletters.imports.deciding import Outcome
from newsletters.imports.sentences import NOTES, WARNINGS
from newsletters.models import ImportJob, ImportPolicy
from newsletters.selectors.imports import refused_cells
from newsletters.selectors.profile import in_words
from newsletters.states import ImportState

WORKING = {ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING}


def parts(job: ImportJob) -> list[tuple[str, int, str]]:
    """What became of the rows, for a bar: as written once they are, by the dry run before that."""
    counts = dict(job.report.get("counts", {}))
    if job.result:
        counts |= {name.value: job.result.get(name, 0) for name in _WRITTEN}
    return [(label, counts.get(outcome, 0), tone) for outcome, label, tone in _labels()]


def samples(job: ImportJob) -> list[dict[str, Any]]:
    """Up to ten rows of each outcome, with what would change, field by field."""
    groups = []
    for outcome, label, _tone in _labels():
        rows = job.report.get("samples", {}).get(outcome, [])
        if rows:
            count = job.report["counts"][outcome]
            refused = outcome == Outcome.REFUSED
            cells = refused_cells(job, [row["line"] for row in rows]) if refused else {}
            shown = [_shown(row) | {"cell": cells.get(row["line"], "")} for row in rows]
            groups.append({"label": label, "count": count, "rows": shown, "outcome": outcome})
    return groups


def warnings(job: ImportJob) -> list[dict[str, Any]]:
    """What staff should look at before anything is written."""
    found = [
        {
            "sentence": WARNINGS[warning["code"]],
            "more": _MORE[warning["code"]](job) if warning["code"] in _MORE else "",
            "count": warning["count"],
            "lines": ", ".join(str(line) for line in warning["lines"]),
            "is_cut": warning["count"] > len(warning["lines"]),
        }
        for warning in job.report.get("warnings", [])
    ]
    for domain in job.report.get("domains", []):
        sentence = _(
            "Very many addresses are at %(domain)s. Bought lists and traps look like this; "
            "make sure you know these people."
        )
        found.append({"sentence": sentence % domain, "count": domain["count"]})
    return found


def notes(job: ImportJob) -> list[Any]:
    """What should be looked at in the file itself."""
    return [NOTES[code] for code in job.layout.get("notes", [])]


def progress(job: ImportJob) -> dict[str, Any]:
    """How far the running step is: value, total (0: not known yet), a sentence, done."""
    state = ImportState(job.state)
    total = {
        ImportState.CHECKING: job.rows_total,
        ImportState.APPLYING: job.people_total,
        ImportState.UNDOING: job.result.get("created", 0) + job.result.get("updated", 0),
    }.get(state, 0)
    figures = {"done": _number(job.cursor), "total": _number(total)}
    sentence = {
        ImportState.CHECKING: _("%(done)s of %(total)s rows checked. Nothing is written yet."),
        ImportState.APPLYING: _("%(done)s of %(total)s people imported."),
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
    """What pressing the button does, in a sentence or two."""
    people = to_change(job)
    if not people:
        return _why_nothing(job)
    text = ngettext(
        "%(people)s person will be created or changed.",
        "%(people)s people will be created or changed.",
        people,
    )
    return f"{text % {'people': _number(people)}} {_joining(job)}"


def to_change(job: ImportJob) -> int:
    """How many people the dry run would create or change."""
    counts = job.report.get("counts", {})
    return int(counts.get(Outcome.CREATED, 0) + counts.get(Outcome.UPDATED, 0))


def is_unfinished(job: ImportJob) -> bool:
    """Whether it was stopped with people still to be written, and they are still known."""
    return job.state == ImportState.CANCELLED and bool(job.report) and job.cursor < job.people_total


def _why_nothing(job: ImportJob) -> str:
    counts = job.report.get("counts", {})
    if not job.rows_total:
        return _("There is nothing to write: the sheet has no rows below its names.")
    if counts.get(Outcome.REFUSED) == job.rows_total:
        return _("There is nothing to write: no row can be used. Each says why below.")
    if job.policy == ImportPolicy.KEEP:
        return _("There is nothing to write: nobody is new, and people we know are not touched.")
    if any(counts.get(outcome) for outcome in _LEFT_OUT):
        return _("There is nothing to write: nobody is new, and nobody else would change.")
    return _("There is nothing to write: everybody in the sheet is as it says already.")


def _joining(job: ImportJob) -> str:
    if job.mailing_list is None:
        return _("Nobody joins a list, because none was chosen.")
    joins = job.report.get("joins", 0)
    text = ngettext(
        "%(joins)s of them joins the list “%(list)s”.",
        "%(joins)s of them join the list “%(list)s”.",
        joins,
    )
    if not joins:
        text = _("Nobody joins the list “%(list)s”.")
    return text % {"joins": _number(joins), "list": job.mailing_list.name}


def _tags_left_out(job: ImportJob) -> str:
    names = job.report.get("unknown_tags", [])
    if not names:
        return ""
    shown = ", ".join(names[:_TAGS_SHOWN]) + (" …" if len(names) > _TAGS_SHOWN else "")
    words = _("They are: %(names)s.") % {"names": shown}
    if job.state == ImportState.CHECKED:
        words += " " + _("To keep them, go back to the columns and tick “Make tags”.")
    return words


def _slips(job: ImportJob) -> str:
    """What was probably meant, so that nobody has to look it up in the sheet."""
    text = _("%(typed)s on line %(line)s: was %(meant)s meant?")
    return " ".join(
        text % {"line": line, "typed": typed, "meant": meant}
        for line, typed, meant in job.report.get("slips", [])
    )


def _number(value: int) -> str:
    return str(number_format(value, force_grouping=True))


_TAGS_SHOWN = 20
# Warnings that say more than their sentence.
_MORE = {"tag": _tags_left_out, "typo": _slips}
_WRITTEN = (
    Outcome.CREATED,
    Outcome.UPDATED,
    Outcome.UNCHANGED,
    Outcome.SUPPRESSED,
    Outcome.UNSUBSCRIBED,
)


# Whoever is among these is not as the sheet says.
_LEFT_OUT = (Outcome.REFUSED, Outcome.SUPPRESSED, Outcome.UNSUBSCRIBED)


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
        {
            "label": BY_NAME[name].label if name in BY_NAME else name,
            "before": in_words(name, old),
            "after": in_words(name, new),
        }
        for name, old, new in row["changes"]
    ]
    return {"line": row["line"], "text": row["email"], "changes": changes}
