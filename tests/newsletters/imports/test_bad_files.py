"""Bad rows through the real doors: upload, columns, dry run. By the numbers of the list.

Cases 1 to 43 speak of the file and stand in ``sheets`` and ``workbooks``; here are those
that speak of what a row says. Every number of the list has its test: the last one here looks.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from newsletters.errors import ImportRefused
from newsletters.models import Contact, CustomField, ImportJob, Tag
from newsletters.services import custom_fields, imports
from newsletters.states import FieldKind, ImportState
from tests.newsletters.imports import files
from tests.newsletters.imports.conftest import choices, upload
from tests.newsletters.imports.sheets import SHEETS
from tests.newsletters.imports.workbooks import WORKBOOKS

LAST = 56


@dataclass(frozen=True)
class Case:
    """A sheet, and the answer: what the dry run counts and warns of, why it refuses a row."""

    id: str
    sheet: str | bytes
    counts: dict[str, int] = field(default_factory=lambda: {"created": 1})
    warnings: dict[str, int] = field(default_factory=dict)
    refused: str = ""
    # What is kept of the one person once she is written.
    kept: dict[str, Any] = field(default_factory=dict)
    choices: dict[str, Any] = field(default_factory=dict)


CASES = [
    Case(
        "33-a-date-of-a-sheet",
        files.xlsx(["Email", "Born"], ["a@example.org", date(2024, 2, 3)]),
        kept={"attributes": {"born": "2024-02-03"}},
    ),
    Case(
        "33-day-first-as-staff-said",
        "Email,Born\na@example.org,03/04/2024\n",
        choices={"date_order": "dmy"},
        kept={"attributes": {"born": "2024-04-03"}},
    ),
    Case(
        "33-month-first-as-staff-said",
        "Email,Born\na@example.org,03/04/2024\n",
        choices={"date_order": "mdy"},
        kept={"attributes": {"born": "2024-03-04"}},
    ),
    Case(
        "33-a-month-that-is-none",
        "Email,Born\na@example.org,13/31/2024\n",
        choices={"date_order": "dmy"},
        counts={"refused": 1},
        refused="There is no such day",
    ),
    Case(
        "33-nobody-said-which-comes-first",
        "Email,Born\na@example.org,03/04/2024\n",
        counts={"refused": 1},
        refused="can mean two days",
    ),
    Case(
        "34-a-phone-number-cut-by-the-sheet",
        "Email;Phone\na@example.org;4,9170123E+11\n",
        warnings={"phone_cut": 1},
        kept={"phone": ""},
    ),
    Case(
        "35-a-nought-lost-in-the-postcode",
        "Email;PLZ;Land\na@example.org;1067;Deutschland\n",
        warnings={"nought_lost": 1},
        kept={"postcode": "1067", "country": "DE"},
    ),
    Case(
        "36-a-word-that-was-not-named-is-no-consent",
        "Email,Newsletter\na@example.org,x\n",
        choices={"yes_words": ["yes"]},
        warnings={"no_consent": 1},
    ),
    Case(
        "44-cells-that-begin-a-formula-are-text",
        "Email,Given name,Postcode\na@example.org,=HYPERLINK(1),＝1\n",
        warnings={"postcode": 1},
        kept={"given_name": "=HYPERLINK(1)", "postcode": ""},
    ),
    Case(
        "45-the-same-address-with-other-names",
        "Email,Given name\na@example.org,Anna\nA@EXAMPLE.org,Anja\n",
        counts={"created": 1, "duplicate": 1},
        kept={"given_name": "Anna"},
    ),
    Case(
        "47-two-addresses-in-one-cell",
        "Email|Given name\na@example.org; b@example.org|Anna\n",
        counts={"refused": 1},
        refused="more than one address",
    ),
    Case(
        "47-an-address-that-is-a-formula",
        "Email,Name\n=1+1@example.org,Anna\n",
        counts={"refused": 1},
        refused="cannot start with this sign",
    ),
    *(
        Case(
            f"48-an-address-{name}",
            f"Email|Given name\n{cell}|Anna\n",
            warnings={"repaired": 1},
            kept={"email": "anna@example.org"},
        )
        for name, cell in (
            ("in-angle-brackets", "<anna@example.org>"),
            ("as-a-link", "mailto:anna@example.org"),
            ("with-a-name", "Anna <anna@example.org>"),
            ("with-spaces-nobody-sees", "\u00a0anna@exa\u00admple.org\u200b"),
            ("with-a-dot-behind", "anna@example.org."),
            ("with-a-comma-behind", "anna@example.org,"),
        )
    ),
    Case(
        "49-a-tag-nobody-made",
        "Email,Tags\na@example.org,vigil; choir\n",
        warnings={"tag": 1},
    ),
    Case(
        "53-a-language-by-its-name",
        "Email,Sprache\na@example.org,немецкий\n",
        kept={"language": "de"},
    ),
    Case("53-a-language-and-a-place", "Email,Lang\na@example.org,de-DE\n", kept={"language": "de"}),
    Case(
        "53-a-language-nobody-speaks",
        "Email,Lang\na@example.org,Klingon\n",
        warnings={"language": 1},
        kept={"language": ""},
    ),
    Case(
        "56-addresses-nobody-reads",
        "Email\nabuse@example.org\nnoreply@example.org\n",
        counts={"created": 2},
        warnings={"role": 2},
    ),
    Case(
        "letters-of-two-scripts",
        "Email\nаdmin@example.org\n",  # the case is about that letter
        warnings={"look_alike": 1},
    ),
    Case("an-address-that-looks-mistyped", "Email\na@gmial.com\n", warnings={"typo": 1}),
    Case(
        "a-full-name-with-the-family-name-first",
        "Email;ФИО\na@example.org;Иванова Анна Сергеевна\n",
        kept={"family_name": "Иванова", "given_name": "Анна Сергеевна"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_row_has_its_clear_answer(checked: Callable[..., ImportJob], case: Case) -> None:
    Tag.objects.create(name="vigil")
    custom_fields.create(details=custom_fields.Details(name="Born", kind=FieldKind.DATE))
    job = checked(case.sheet, **case.choices)
    assert job.state == ImportState.CHECKED
    assert {name: count for name, count in job.report["counts"].items() if count} == case.counts
    found = {warning["code"]: warning["count"] for warning in job.report["warnings"]}
    assert found == case.warnings
    assert [case.refused in error.message for error in job.row_errors.all()] == [True] * bool(
        case.refused
    )
    imports.go(job=job)
    imports.apply(job_id=job.pk)
    if case.kept:
        contact = Contact.objects.get()
        assert {name: getattr(contact, name) for name in case.kept} == case.kept


def test_52_stopped_half_way_an_import_goes_on(checked: Callable[..., ImportJob]) -> None:
    job = checked("Email\na@example.org\nb@example.org\n")
    imports.go(job=job)
    imports.stop(job=job)
    imports.apply(job_id=job.pk)
    assert not Contact.objects.exists()
    imports.go(job=job)
    imports.apply(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, Contact.objects.count()) == (ImportState.DONE, 2)


NAMES = ["id", "password", "__class__", "contact__user", "attributes", "state"]


def test_54_a_column_of_an_odd_name_makes_a_field_that_is_only_a_field(
    admin: User, checked: Callable[..., ImportJob]
) -> None:
    sheet = f"Email,{','.join(NAMES)}\na@example.org{',x' * len(NAMES)}\n"
    job = upload(sheet, admin)
    mapping = {"0": "email"} | {str(at + 1): "new_text" for at in range(len(NAMES))}
    chosen = choices(job, mapping=mapping)
    imports.map_columns(job=job, choices=chosen)
    with pytest.raises(ImportRefused) as refused:
        imports.map_columns(job=job, choices=chosen)
    assert refused.value.code == "state"
    job.refresh_from_db()
    assert CustomField.objects.count() == len(NAMES)
    keys = [name.removeprefix("field_") for at, name in job.mapping.items() if at != "0"]
    assert len(set(keys)) == len(NAMES)
    assert not set(keys) & set(NAMES)
    assert all(re.fullmatch(r"[a-z](_?[a-z0-9])*", key) for key in keys)


@pytest.mark.once
def test_every_case_of_the_list_has_its_test() -> None:
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    numbered = {
        int(number)
        for name in re.findall(r"def test_((?:\d\d_)+)", tests)
        for number in name.strip("_").split("_")
    }
    ids = [case.id for case in CASES] + [sheet.id for sheet in [*SHEETS, *WORKBOOKS]]
    listed = {int(number) for name in ids for number in takewhile(str.isdigit, name.split("-"))}
    assert numbered | listed == set(range(1, LAST + 1))
