"""Exports: no formula leaves the house, and what comes back is what went out."""

from collections.abc import Callable
from typing import Any

import pytest
import tablib
from hypothesis import given
from hypothesis import strategies as st

from newsletters import exports
from newsletters.models import Contact, ImportJob, Tag
from newsletters.resources import ContactResource
from tests.newsletters.imports.test_imports_rules import known, suppress

NASTY = (
    "=1+1",
    "+49 30 123",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "＝1",
    "＋1",
    "'=1",
    " =1",
    "'tis",
    "O’Brien",
)


@pytest.mark.once
@given(st.one_of(st.sampled_from(NASTY), st.text(max_size=20)))
def test_44_a_neutralised_cell_is_no_formula_and_comes_back_unchanged(cell: str) -> None:
    safe = exports.neutralise(cell)
    assert not safe.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
    assert exports.restore(safe) == cell


@pytest.mark.once
def test_numbers_stay_numbers() -> None:
    assert exports.neutralise(-5) == -5


def test_51_an_export_imported_again_changes_nothing(applied: Callable[..., ImportJob]) -> None:
    anna = known(given_name="=Anna", phone="+49 30 1234567", country="DE", language="de")
    anna.tags.add(Tag.objects.create(name="-vigil"))
    known("bea@example.org", family_name="O’Brien", postcode="01067")
    sheet = ContactResource().export().csv
    assert "'=Anna" in sheet
    assert "'+49" in sheet
    before = list(Contact.objects.order_by("pk").values())
    result = ContactResource().import_data(tablib.Dataset().load(sheet, format="csv"))
    assert result.totals["skip"] == 2
    job = applied(sheet, policy="overwrite", mailing_list=None)
    assert {k: n for k, n in job.report["counts"].items() if n} == {"unchanged": 2}
    assert list(Contact.objects.order_by("pk").values()) == before


def test_the_small_path_keeps_the_rules_of_the_bulk_path(db: None) -> None:
    suppress("erased@example.org")
    rows: list[tuple[Any, ...]] = [
        ("Anna <Anna@example.org>", "Anna", "Германия"),
        ("erased@example.org", "Eve", ""),
        ("no address", "Nobody", ""),
    ]
    data = tablib.Dataset(*rows, headers=["email", "given_name", "country"])
    result = ContactResource().import_data(data)
    assert (result.totals["new"], result.totals["skip"], result.totals["invalid"]) == (1, 1, 1)
    contact = Contact.objects.get()
    assert (contact.email, contact.country) == ("anna@example.org", "DE")
    assert contact.address_key
