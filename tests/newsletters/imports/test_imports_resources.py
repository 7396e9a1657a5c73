"""Exports: no formula leaves the house, and what comes back is what went out."""

from collections.abc import Callable
from typing import Any

import pytest
import tablib
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from newsletters import exports
from newsletters.addresses import address_key
from newsletters.admin.contact_imports import ContactImport
from newsletters.models import Contact, CustomField, ImportJob, OtherAddress, Tag
from newsletters.services import custom_fields
from newsletters.states import FieldKind
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


VALUES: dict[FieldKind, Any] = {
    FieldKind.TEXT: "=1+1",
    FieldKind.NUMBER: 1.234,
    FieldKind.DATE: "2024-04-03",
    FieldKind.YES_NO: False,
    FieldKind.CHOICE: "Chor",
    FieldKind.CHOICES: ["Chor", "Küche"],
    FieldKind.LINK: "https://example.org/a?b=c",
}


def own_fields() -> dict[str, Any]:
    """One field of every kind; returns a value of each, by key."""
    values = {}
    for kind, value in VALUES.items():
        details = custom_fields.Details(
            name=f"Own {kind.label}", kind=kind, choices=("Chor", "Küche")
        )
        values[custom_fields.create(details=details).key] = value
    return values


@pytest.mark.once
@given(st.one_of(st.sampled_from(NASTY), st.text(max_size=20)))
def test_44_a_neutralised_cell_is_no_formula_and_comes_back_unchanged(cell: str) -> None:
    safe = exports.neutralise(cell)
    assert not safe.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
    assert exports.restore(safe) == cell


@pytest.mark.once
def test_numbers_stay_numbers() -> None:
    assert exports.neutralise(-5) == -5


def test_51_an_export_imported_again_changes_nothing(
    applied: Callable[..., ImportJob], admin_client: Client
) -> None:
    attributes = own_fields()
    anna = known(
        given_name="=Anna",
        phone="+49 30 1234567",
        country="DE",
        language="de",
        time_zone="Europe/Berlin",
        attributes=attributes,
    )
    anna.tags.add(Tag.objects.create(name="-vigil"))
    known("bea@example.org", family_name="O’Brien", postcode="01067")
    for field in CustomField.objects.exclude(choices=[]):
        details = custom_fields.Details(name=field.name, kind=field.kind, choices=("Küche", "Tür"))
        custom_fields.change(field=field, details=details)
    taken = admin_client.post(reverse("admin:newsletters_contact_export"), {"format": "0"})
    sheet = taken.content.decode("utf-8-sig")
    assert "'=Anna" in sheet
    assert "'+49" in sheet
    assert {f'"field_{key}"' for key in attributes} <= set(sheet.partition("\r\n")[0].split(","))
    before = list(Contact.objects.order_by("pk").values())
    assert "0 new, 0 updated, 0 deleted and 2 skipped" in send(admin_client, sheet)
    job = applied(sheet, policy="overwrite", mailing_list=None)
    assert {k: n for k, n in job.report["counts"].items() if n} == {"unchanged": 2}
    assert list(Contact.objects.order_by("pk").values()) == before
    raw = sheet.replace('"Chor"', '"Roh"')
    assert "“Roh” is not one of the choices" in send(admin_client, raw)


def test_the_small_path_keeps_the_rules_of_the_bulk_path(db: None) -> None:
    suppress("erased@example.org")
    rows: list[tuple[Any, ...]] = [
        ("Anna <Anna@example.org>", "Anna", "Германия"),
        ("erased@example.org", "Eve", ""),
        ("no address", "Nobody", ""),
    ]
    data = tablib.Dataset(*rows, headers=["email", "given_name", "country"])
    result = ContactImport().import_data(data)
    assert (result.totals["new"], result.totals["skip"], result.totals["invalid"]) == (1, 1, 1)
    contact = Contact.objects.get()
    assert (contact.email, contact.country) == ("anna@example.org", "DE")
    assert contact.address_key
    assert contact.person_key


def test_the_admin_brings_a_handful_in_or_nobody(admin_client: Client) -> None:
    own = own_fields()
    anna = known()
    OtherAddress.objects.create(
        contact=anna,
        email="old@example.org",
        email_typed="old@example.org",
        address_key=address_key("old@example.org"),
    )
    key = next(key for key, value in own.items() if value == "2024-04-03")
    sheet = f"email,given_name,field_{key}\nold@example.org,Anna,3.4.2024\nbea@example.org,Bea,"
    page = send(admin_client, f"{sheet}yesterday\n")
    assert "Write a date" in page
    assert Contact.objects.count() == 1
    send(admin_client, f"{sheet}\n")
    anna.refresh_from_db()
    assert (anna.email, anna.given_name) == ("anna@example.org", "Anna")
    assert anna.attributes == {key: "2024-04-03"}
    assert Contact.objects.get(email="bea@example.org").attributes == {}
    assert "one is called email" in send(admin_client, "mail\na@example.org\n")
    many = "".join(f"p{at}@example.org\n" for at in range(2001))
    assert "more than 2000 rows" in send(admin_client, f"email\n{many}")
    assert Contact.objects.count() == 2


def send(client: Client, sheet: str) -> str:
    file = SimpleUploadedFile("people.csv", sheet.encode("utf-8-sig"))
    url = reverse("admin:newsletters_contact_import")
    answer = client.post(url, {"format": "0", "import_file": file}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()
