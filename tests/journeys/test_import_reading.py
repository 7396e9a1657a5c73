"""How a sheet is read can be corrected, and what is wrong about it stands where it is mended."""

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from newsletters.models import ImportJob
from newsletters.states import ImportState
from tests.infra.rings import Rings
from tests.journeys.test_import import send
from tests.newsletters.imports import files

pytestmark = pytest.mark.usefixtures("private_files")


def test_how_the_file_is_read_is_never_changed_in_vain(staff: Client, rung: Rings) -> None:
    send(staff, "Email;Имя\nmira@example.org;Мира\n".encode("cp1251"))
    job = ImportJob.objects.get()
    url = reverse("staff:import_map", args=[job.pk])
    layout = {"encoding": "cp1252", "delimiter": ";", "header_row": "1"}
    typed = {"legal_basis": "consent", "source": "Vigil", "policy": "fill"}
    typed |= {"column_0": "email", "column_1": "family_name"}
    answer = staff.post(url, typed | layout)
    assert answer.status_code == 200
    assert "Ìèðà" in answer.text
    assert "so it was read again, and nothing is checked yet" in answer.text
    assert "<details open>" in answer.text
    form = answer.context["form"]
    assert [form[name].value() for name in ("legal_basis", "source")] == ["consent", "Vigil"]
    job.refresh_from_db()
    assert (job.state, job.layout["encoding"]) == (ImportState.UPLOADED, "cp1252")
    answer = staff.post(url, typed | layout | {"header_row": "first"})
    assert list(answer.context["layout_form"].errors) == ["header_row"]
    assert answer.context["form"]["source"].value() == "Vigil"
    again = typed | layout | {"encoding": "cp1251"}
    staff.post(url, again)
    answer = staff.post(url, again)
    assert answer["Location"] == reverse("staff:import_check", args=[job.pk])
    rung.answer()
    assert "Мира" in staff.get(answer["Location"]).text


def test_only_another_sheet_is_read_again_and_an_empty_one_is_told_at_it(staff: Client) -> None:
    send(
        staff,
        files.xlsx(["Email"], ["a@example.org"], edit=lambda book: book.create_sheet("Empty")),
        "people.xlsx",
    )
    url = reverse("staff:import_map", args=[ImportJob.objects.get().pk])
    said = {"header_row": "1", "column_0": "email", "legal_basis": "consent", "policy": "fill"}
    said["source"] = "Vigil"
    answer = staff.post(url, said | {"sheet": "1"})
    assert list(answer.context["layout_form"].errors) == ["sheet"]
    assert "There are no rows" in answer.text
    assert staff.post(url, said | {"sheet": "0"}).status_code == 302


def test_the_header_of_another_sheet_is_looked_for_in_that_sheet(staff: Client) -> None:
    def add(book: Workbook) -> None:
        for row in (["Vigil of May"], [], ["Name", "Email"], ["Mira", "mira@example.org"]):
            sheet = book["Others"] if "Others" in book.sheetnames else book.create_sheet("Others")
            sheet.append(row)

    send(staff, files.xlsx(["Email"], ["a@example.org"], edit=add), "people.xlsx")
    job = ImportJob.objects.get()
    url = reverse("staff:import_map", args=[job.pk])
    staff.post(url, {"sheet": "1", "header_row": "1", "look": "1"})
    job.refresh_from_db()
    assert (job.layout["header_row"], job.layout["columns"]) == (3, ["Name", "Email"])
    staff.post(url, {"sheet": "0", "header_row": "0", "look": "1"})
    job.refresh_from_db()
    assert job.layout["header_row"] == 0


@pytest.mark.parametrize("button", [{}, {"look": "1"}], ids=["check", "look"])
def test_a_tab_left_open_says_that_the_import_was_started_and_shows_how_far_it_is(
    staff: Client, monkeypatch: pytest.MonkeyPatch, button: dict[str, str]
) -> None:
    send(staff, b"Email\na@example.org\n")
    job = ImportJob.objects.get()
    url = reverse("staff:import_map", args=[job.pk])
    typed = {"legal_basis": "consent", "source": "Vigil", "policy": "fill", "column_0": "email"}
    typed |= {name: job.layout[name] for name in ("encoding", "delimiter", "header_row")}

    def started_elsewhere(*_words: object, **_named: object) -> ImportJob:
        """The other tab's press falls between this one's look at the import and its own."""
        found = ImportJob.objects.get(pk=job.pk)
        ImportJob.objects.filter(pk=job.pk).update(state=ImportState.CHECKING)
        return found

    monkeypatch.setattr("newsletters.staff.imports.get_object_or_404", started_elsewhere)
    answer = staff.post(url, typed | button)
    monkeypatch.undo()
    assert answer["Location"] == reverse("staff:import_check", args=[job.pk])
    assert "already been started" in staff.get(answer["Location"]).text


@pytest.mark.parametrize(
    ("content", "layout", "at", "words"),
    [
        ('Email,Имя\na@example.org,"A"B\n', {"header_row": "2"}, "header_row", "Line 2 cannot"),
        ("Email,Имя\na@example.org,A\n", {"encoding": "utf-16"}, "encoding", "the mark of UTF-16"),
        ("Email,Имя\na@example.org,A\n", {"encoding": "utf-16-le"}, "encoding", "in these letters"),
        ('Email,Имя\na@example.org;"A,B\n', {"delimiter": ";"}, "delimiter", "never closed"),
    ],
    ids=["header", "mark", "letters", "quote"],
)
def test_a_file_that_cannot_be_read_so_is_told_at_the_field_that_mends_it(
    staff: Client, content: str, layout: dict[str, str], at: str, words: str
) -> None:
    send(staff, content.encode())
    job = ImportJob.objects.get()
    found = {"encoding": "utf-8-sig", "delimiter": ",", "header_row": "1", "source": "Vigil"}
    answer = staff.post(reverse("staff:import_map", args=[job.pk]), found | layout)
    assert answer.status_code == 422
    errors = answer.context["layout_form"].errors
    assert list(errors) == [at]
    assert words in errors[at][0]
    assert f'<a href="#id_{at}">' in answer.text
    assert answer.context["form"]["source"].value() == "Vigil"
    assert ImportJob.objects.get().layout == job.layout


def test_two_columns_of_one_name_are_told_at_the_row_of_the_names(staff: Client) -> None:
    send(staff, b"Email,Name,Name\nEmail,Given,Family\nmira@example.org,Mira,Berg\n")
    job = ImportJob.objects.get()
    url = reverse("staff:import_map", args=[job.pk])
    page = staff.get(url)
    assert page.status_code == 200
    assert list(page.context["layout_form"].errors) == ["header_row"]
    assert "Two columns have the same name" in page.text
    assert '<a href="#id_header_row">' in page.text
    said = {"encoding": "utf-8-sig", "delimiter": ",", "source": "Vigil", "policy": "fill"}
    answer = staff.post(url, said | {"header_row": "1"})
    assert answer.status_code == 422
    assert "Two columns have the same name" in answer.text
    assert not answer.context["form"].errors
    answer = staff.post(url, said | {"header_row": "2"})
    assert answer.status_code == 200
    assert "Two columns have the same name" not in answer.text
    assert answer.context["form"]["source"].value() == "Vigil"
