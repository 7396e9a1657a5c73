"""Taking people out: who may, what is in the table, how long it is there, how it comes back."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone

from newsletters.exports import restore
from newsletters.models import BulkState, CustomField, Export, ExportFormat, StaffAct, Tag
from newsletters.selectors import exports as selector
from newsletters.selectors.people import Query
from newsletters.services import exports, work
from tests.factories.newsletters import ContactFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = "/staff/people/exports/"
NEW = "/staff/people/exports/new/"


@pytest.fixture
def staff(client):
    rights = ("newsletters.view_contact", "newsletters.export_contact")
    client.force_login(UserFactory(permissions=rights, username="aigul"))
    return client


@pytest.fixture
def mira():
    CustomField.objects.create(name="Shirts", key="shirts", kind="number")
    person = ContactFactory(
        email="mira@example.org",
        given_name="=Mira",
        country="AT",
        phone="+43 1 555",
        attributes={"shirts": 2},
    )
    person.tags.add(Tag.objects.create(name="vigil"), Tag.objects.create(name="-stall"))
    return person


def body(answer):
    return b"".join(answer.streaming_content)


def test_without_the_right_nobody_is_taken_out(client, mira):
    client.force_login(UserFactory(permissions=["newsletters.view_contact"]))
    assert "Take them out" not in client.get("/staff/people/").text
    assert client.get(NEW, {"who": "all"}).status_code == 403
    assert client.get("/staff/people/exports/1/file/").status_code == 403


@pytest.mark.parametrize("written_as", ["csv", "xlsx"])
def test_a_small_table_is_made_at_once_with_everything_and_no_formula(staff, mira, written_as):
    ContactFactory(given_name="Other")
    assert "1 person" in staff.get(NEW, {"who": "all", "q": "mira"}).text
    answer = staff.post(NEW, {"who": "all", "q": "mira", "format": written_as}, follow=True)
    assert "The table is ready" in answer.text
    export = Export.objects.get()
    file = staff.get(f"/staff/people/exports/{export.pk}/file/")
    assert f"people-{export.pk}.{written_as}" in file.headers["Content-Disposition"]
    if written_as == "csv":
        heading, row = csv.reader(io.StringIO(body(file).decode("utf-8-sig")))
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(body(file))).active
        heading, row = ([cell.value or "" for cell in row] for row in sheet.iter_rows())
    found = dict(zip(heading, row, strict=True))
    assert found["given_name"] == "'=Mira"
    assert restore(found["phone"]) == "+43 1 555"
    assert set(restore(found["tags"]).split(",")) == {"vigil", "-stall"}
    assert found["field_shirts"] == "2"
    assert found["handbill_export"] == f"export {export.pk}, {export.created_at:%Y-%m-%d}, aigul"
    assert StaffAct.objects.get().details == {"export": export.pk, "people": 1}


def test_a_large_table_is_made_in_the_background_in_chunks(
    staff, mira, rung, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    monkeypatch.setattr(selector, "CHUNK", 2)
    ContactFactory.create_batch(4)
    answer = staff.post(NEW, {"who": "all", "format": "csv"}, follow=True)
    assert "is being made" in answer.text
    assert "Table " in staff.get(LIST).text
    ContactFactory(email="later@example.org")
    with django_assert_max_num_queries(24):
        rung.answer()
    export = Export.objects.get()
    assert (export.state, export.done, export.total) == (BulkState.DONE, 5, 5)
    table = body(staff.get(f"/staff/people/exports/{export.pk}/file/")).decode("utf-8-sig")
    assert len(table.splitlines()) == 6
    assert "later@example.org" not in table


def test_a_killed_export_begins_anew_and_leaves_no_second_file(mira, monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    export = exports.start(query=Query(), written_as=ExportFormat.CSV, by=UserFactory())
    finish = work.finish

    def killed(*_args, **_values):
        raise SystemExit

    monkeypatch.setattr(work, "finish", killed)
    with pytest.raises(SystemExit):
        exports.run(export_id=export.pk)
    export.refresh_from_db()
    first = export.file_name
    monkeypatch.setattr(work, "finish", finish)
    Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert exports.resume() == 1
    exports.run(export_id=export.pk)
    export.refresh_from_db()
    assert (export.state, export.done) == (BulkState.DONE, 1)
    assert export.file_name != first
    assert not exports._private().exists(first)


def test_a_table_is_gone_after_a_day(staff, mira):
    staff.post(NEW, {"who": "ticked", "id": [mira.pk], "format": "csv"})
    assert exports.forget() == 0
    Export.objects.update(finished_at=timezone.now() - timedelta(hours=25))
    assert exports.forget() == 1
    export = Export.objects.get()
    answer = staff.get(f"/staff/people/exports/{export.pk}/file/", follow=True)
    assert "kept for a day" in answer.text
    assert export.query == work.FORGOTTEN
    assert "removed" in staff.get(LIST).text


@pytest.mark.once
def test_the_tables_so_far_are_ones_own(staff, client, mira):
    assert "not taken anybody out yet" in staff.get(LIST).text
    staff.post(NEW, {"who": "all", "format": "csv"})
    assert f"/exports/{Export.objects.get().pk}/" in staff.get(LIST).text
    client.force_login(UserFactory(permissions=["newsletters.export_contact"]))
    assert "not taken anybody out yet" in client.get(LIST).text
    client.force_login(UserFactory(permissions=["newsletters.view_contact"]))
    assert client.get(LIST).status_code == 403


def test_a_sheet_holds_no_more_than_an_import_takes(staff, mira, monkeypatch):
    monkeypatch.setattr(exports, "XLSX_ROWS", 0)
    answer = staff.post(NEW, {"who": "all", "format": "xlsx"})
    assert answer.status_code == 422
    assert "Take CSV instead" in answer.text
    assert not Export.objects.exists()
    assert staff.post(NEW, {"who": "all", "format": "pdf"}).status_code == 422
