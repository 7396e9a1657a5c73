"""A handful of people taken out in the raw admin: no way round right, mark, audit and size."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from newsletters.models import ActKind, Export, StaffAct
from newsletters.resources.tables import WATERMARK
from newsletters.services import exports
from tests.factories.newsletters import ContactFactory, UserFactory
from tests.infra.snapshots import everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private_files")]
RIGHTS = ["newsletters.view_contact", "newsletters.export_contact"]


@pytest.fixture
def desk(client: Client) -> Client:
    """Whoever may take people out, in the raw admin."""
    client.force_login(UserFactory(permissions=RIGHTS, username="aigul", is_staff=True))
    return client


def url(page: str) -> str:
    return reverse(f"admin:newsletters_contact_{page}")


def rows(answer: Any, written_as: str) -> list[dict[str, str]]:
    if written_as == "csv":
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    heading, *found = sheet.iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in found]


@pytest.mark.parametrize(("place", "written_as"), [("0", "csv"), ("1", "xlsx")])
def test_a_table_has_its_mark_and_its_line_in_the_audit_and_a_look_has_none(
    desk: Client, place: str, written_as: str
) -> None:
    ContactFactory(email="mira@example.org", given_name="=Mira")
    ContactFactory(email="other@example.org")
    before = everything()
    assert f'<a href="{reverse("staff:people")}">' in desk.get(url("export")).text
    assert everything() == before
    answer = desk.post(f"{url('export')}?q=mira", {"format": place})
    assert "mira" not in answer.headers["Content-Disposition"]
    export = Export.objects.get()
    (row,) = rows(answer, written_as)
    assert row["given_name"] == "'=Mira"
    assert row[WATERMARK] == f"export {export.pk}, {export.created_at:%Y-%m-%d}, aigul"
    act = StaffAct.objects.get(kind=ActKind.EXPORTED)
    assert (act.by, act.details) == (export.created_by, {"export": export.pk, "people": 1})


def test_people_who_are_ticked_are_taken_out_and_nobody_else(desk: Client) -> None:
    anna, _bea = ContactFactory(), ContactFactory()
    ticked = {"action": "export_admin_action", "_selected_action": [anna.pk]}
    answer = desk.post(url("changelist"), ticked)
    assert [row["email"] for row in rows(answer, "csv")] == [anna.email]
    assert StaffAct.objects.count() == 1


def test_without_the_right_nobody_is_taken_out(client: Client) -> None:
    anna = ContactFactory()
    client.force_login(UserFactory(permissions=RIGHTS[:1], is_staff=True))
    assert url("export") not in client.get(url("changelist")).text
    assert client.get(url("export")).status_code == 403
    assert client.post(url("export"), {"format": "0"}).status_code == 403
    ticked = {"action": "export_admin_action", "_selected_action": [anna.pk]}
    assert anna.email in client.post(url("changelist"), ticked).text, "the list again"
    assert not Export.objects.exists()


def test_what_cannot_be_taken_out_gets_a_sentence_and_nothing_is_made(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, bea = ContactFactory(), ContactFactory()
    before = everything()
    assert "Nobody answers" in desk.post(f"{url('export')}?q=zoe", {"format": "0"}).text
    assert "not one of the available" in desk.post(url("export"), {"format": "7"}).text
    forged = {"format": "0", "export_items": [anna.pk]}
    assert "not one of the available" in desk.post(url("export"), forged).text
    odd = desk.get(f"{url('export')}?colour=red", follow=True)
    assert "cannot be answered" in odd.text
    monkeypatch.setattr(exports, "AT_ONCE", 1)
    assert "more than 1 people" in desk.post(url("export"), {"format": "0"}).text
    ticked = {"action": "export_admin_action", "_selected_action": [anna.pk, bea.pk]}
    assert "more than 1 people" in desk.post(url("changelist"), ticked, follow=True).text
    assert everything() == before
