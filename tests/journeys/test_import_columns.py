"""The page of the columns: what is guessed, asked, made and remembered."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from newsletters.imports.columns import FULL_NAMES
from newsletters.imports.guessing import guess, kind_of
from newsletters.imports.layout import Layout
from newsletters.models import ConsentEvent, Contact, CustomField, ImportJob, MailingList
from newsletters.states import FieldKind, ImportState
from tests.infra.rings import Rings
from tests.journeys.test_import import send
from tests.newsletters.imports.test_imports_rules import known

pytestmark = pytest.mark.usefixtures("private_files")

ANSWERS = {"legal_basis": "consent", "source": "Vigil", "policy": "fill"}


@pytest.fixture
def maker(staff: Client) -> Client:
    """Somebody who may import and make fields."""
    user = User.objects.get(username="aigul")
    user.user_permissions.add(Permission.objects.get(codename="add_customfield"))
    return staff


def newest() -> ImportJob:
    job = ImportJob.objects.order_by("pk").last()
    assert job is not None
    return job


def page_of(job: ImportJob) -> str:
    return reverse("staff:import_map", args=[job.pk])


def columns(*names: str) -> dict[str, str]:
    return {f"column_{at}": name for at, name in enumerate(names)}


def table(*header: str, rows: list[list[str]] | None = None) -> Layout:
    lines = enumerate([list(header), *(rows or [])], start=1)
    return Layout(
        "text", header_row=1, columns=list(header), sample=[[line, row] for line, row in lines]
    )


@pytest.mark.once
@pytest.mark.parametrize(
    ("header", "found"),
    [
        (
            ["E-mail", "First name", "Surname", "Zip", "Phone number", "Labels", "Opt-in"],
            ["email", "given_name", "family_name", "postcode", "phone", "tags", "consent"],
        ),
        (
            ["Эл. почта", "Имя", "Фамилия", "Страна", "Язык", "Метки", "Часовой пояс"],
            ["email", "given_name", "family_name", "country", "language", "tags", "time_zone"],
        ),
        (
            ["Электрондық пошта", "Есімі", "Тегі", "Елі", "Тілі", "Пошта индексі", "Тегтер"],
            ["email", "given_name", "family_name", "country", "language", "postcode", "tags"],
        ),
        (
            ["E-Mail-Adresse", "Vorname", "Nachname", "PLZ", "Land", "Handy", "Einwilligung"],
            ["email", "given_name", "family_name", "postcode", "country", "phone", "consent"],
        ),
        (
            ["Courriel", "Prénom", "Nom", "Code postal", "Pays", "Téléphone", "Étiquettes"],
            ["email", "given_name", "family_name", "postcode", "country", "phone", "tags"],
        ),
        (["Mail", "ФИО"], ["email", "full_name_family"]),
        (["Mail", "Name"], ["email", "full_name"]),
    ],
    ids=["english", "russian", "kazakh", "german", "french", "family-first", "one-name"],
)
def test_columns_are_guessed_from_the_words_above_them(
    settings: Any, header: list[str], found: list[str]
) -> None:
    assert list(guess(table(*header)).values()) == found


@pytest.mark.once
@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["yes", "no", "да", "ja"], FieldKind.YES_NO),
        (["12", "0,5", "-3"], FieldKind.NUMBER),
        (["31/12/2024", "03/04/2024", "2024-02-29"], FieldKind.DATE),
        (["https://example.org/a", "http://example.org"], FieldKind.LINK),
        (["Choir", "Kitchen", "Choir", "choir"] * 3, FieldKind.CHOICE),
        (["Anna", "Bea", "2"], FieldKind.TEXT),
        ([], FieldKind.TEXT),
    ],
    ids=lambda value: value if isinstance(value, str) else "cells",
)
def test_the_kind_of_a_new_field_is_guessed_from_the_cells(
    cells: list[str], kind: FieldKind
) -> None:
    assert kind_of(table("Email", "X", rows=[["", cell] for cell in cells]), 1) == kind


def test_pasted_rows_are_a_sheet_like_any_other(staff: Client) -> None:
    url = reverse("staff:import_new")
    assert "Choose a file, or paste rows" in staff.post(url).content.decode()
    staff.post(url, {"rows": "Mail\tИмя\r\nanna@example.org\tАня\r\n"})
    assert newest().mapping == {"0": "email", "1": "given_name"}
    staff.post(url, {"rows": "anna@example.org\nbea@example.org\n"})
    assert (newest().mapping, newest().layout["header_row"]) == ({"0": "email"}, 0)
    answer = staff.post(url, {"rows": 'Email\n"anna@example.org'})
    assert answer.status_code == 422
    assert "never closed" in answer.content.decode()


def test_a_column_becomes_a_field_and_the_next_sheet_is_mapped_as_last_time(
    maker: Client, rung: Rings
) -> None:
    rows = "".join(f"p{at}@example.org,03/0{at % 9 + 1}/1990,G{at % 3}; G4\n" for at in range(60))
    send(maker, f"Email,Born,Groups seen\n{rows}".encode())
    first = newest()
    fields = ANSWERS | columns("email", "new_date", "new_choices")
    answer = maker.post(page_of(first), fields)
    assert "whether the day or the month comes first" in answer.content.decode()
    assert not CustomField.objects.exists()
    maker.post(page_of(first), fields | {"date_order": "mdy"})
    assert ImportJob.objects.get().state == ImportState.CHECKING
    kept = CustomField.objects.get(kind=FieldKind.CHOICES)
    assert kept.choices == ["G0", "G4", "G1", "G2"]
    rung.answer()
    maker.post(reverse("staff:import_apply", args=[first.pk]))
    rung.answer()
    assert Contact.objects.get(email="p1@example.org").attributes == {
        "born": "1990-03-02",
        "groups_seen": ["G1", "G4"],
    }
    send(maker, b"EMAIL,born,Groups Seen\nnew@example.org,04/03/1991,G1\n")
    again = newest()
    assert again.mapping == {"0": "email", "1": "field_born", "2": "field_groups_seen"}
    page = maker.get(page_of(again))
    assert "filled in as last time" in page.content.decode()
    form = page.context["form"]
    assert [form[name].value() for name in ("source", "legal_basis", "date_order")] == [
        "Vigil",
        "consent",
        "mdy",
    ]
    CustomField.objects.get(key="born").delete()
    send(maker, b"email,born,groups seen\nx@example.org,,\n")
    assert newest().mapping == {"0": "email", "2": "field_groups_seen"}


def test_what_was_remembered_of_a_sheet_gives_way_only_to_what_is_typed(staff: Client) -> None:
    sheet = "Email;Name\nmira@example.org;Mira\n"
    send(staff, sheet.encode())
    said = {"legal_basis": "membership", "source": "Choir", "policy": "overwrite"}
    staff.post(page_of(newest()), said | columns("email", "given_name"))
    send(staff, f"{sheet}noor@example.org;Noor\n".encode())

    def answers(sent: dict[str, str]) -> list[str]:
        look = {"look": "1", "encoding": "utf-8-sig", "delimiter": ";"}
        form = staff.post(page_of(newest()), look | sent).context["form"]
        return [form[name].value() for name in ("legal_basis", "source", "policy")]

    # Remembered, shown, and still there where nobody remembers anything.
    assert answers(said | {"header_row": "0"}) == ["membership", "Choir", "overwrite"]
    untouched = {"legal_basis": "", "source": "", "policy": "fill"}
    assert answers(untouched | {"header_row": "1"}) == ["membership", "Choir", "overwrite"]
    answers(untouched | {"header_row": "0"})
    typed = untouched | {"source": "Vigil", "header_row": "1"}
    assert answers(typed) == ["membership", "Vigil", "overwrite"]


@pytest.mark.django_db(transaction=True)
def test_a_choice_longer_than_its_box_goes_on_in_a_second_line(
    staff: Client, page_for: Callable[[int], Page], site: str
) -> None:
    name = "Which of the choirs of the winter she sings with"
    CustomField.objects.create(name=name, key="choir", kind=FieldKind.TEXT)
    send(staff, b"Email,Name\nmira@example.org,Mira\n")
    page = page_for(390)
    cookie = staff.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site}])
    page.goto(page_of(newest()))
    box = page.locator("#id_column_1")

    def height(choice: str) -> float:
        box.select_option(choice)
        return float(box.evaluate("box => box.getBoundingClientRect().height"))

    # What every sheet is asked fits, for browsers that cannot break a choice.
    assert {height(choice) for choice in FULL_NAMES} == {height("phone")}
    # At 200 % the phone is half as wide.
    for width, direction in ((390, "ltr"), (390, "rtl"), (195, "ltr"), (195, "rtl")):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("direction => { document.documentElement.dir = direction }", direction)
        assert height("field_choir") > height("phone"), (width, direction)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_only_who_may_make_fields_makes_one_of_a_column(staff: Client) -> None:
    send(staff, b"Email,Word\na@example.org,x\n")
    answer = staff.post(page_of(newest()), ANSWERS | columns("email", "new_text"))
    assert list(answer.context["form"].errors) == ["column_1"]
    assert not CustomField.objects.exists()


def test_a_column_that_cannot_become_a_field_says_why_and_nothing_is_half_done(
    maker: Client,
) -> None:
    rows = "".join(f"p{at}@example.org,word {at},x\n" for at in range(101))
    send(maker, f"Email,Word,Other\n{rows}".encode())
    fields = ANSWERS | columns("email", "new_choice", "new_text")
    answer = maker.post(page_of(newest()), fields)
    assert answer.status_code == 422
    assert "more than 100 different words" in answer.context["form"].errors["column_1"][0]
    CustomField.objects.create(name="Other", key="other", kind=FieldKind.TEXT)
    answer = maker.post(page_of(newest()), fields | {"column_1": "new_text"})
    assert list(answer.context["form"].errors) == ["column_2"]
    assert CustomField.objects.count() == 1
    assert newest().state == ImportState.UPLOADED


def test_empty_cells_delete_only_with_overwrite_and_only_what_was_mapped(
    staff: Client,
    rung: Rings,
) -> None:
    anna = known(given_name="Anna", phone="+49 30 123", country="DE")
    send(staff, b"Email,Name,Phone\nanna@example.org,,\n")
    fields = ANSWERS | columns("email", "given_name", "phone") | {"erases": "on"}
    answer = staff.post(page_of(newest()), fields)
    assert list(answer.context["form"].errors) == ["erases"]
    staff.post(page_of(newest()), fields | {"policy": "overwrite"})
    rung.answer()
    page = staff.get(reverse("staff:import_check", args=[newest().pk])).content.decode()
    assert "Empty cells of this sheet delete" in page
    assert "<del>+49 30 123</del>" in page
    staff.post(reverse("staff:import_apply", args=[newest().pk]))
    rung.answer()
    anna.refresh_from_db()
    assert (anna.given_name, anna.phone, anna.country) == ("", "", "DE")


def test_the_sheet_of_refused_rows_is_mended_and_uploaded_again(
    staff: Client,
    rung: Rings,
    settings: Any,
) -> None:
    settings.CONTENT_LANGUAGES = ["en", "ru"]
    news = MailingList.objects.create(name="News", slug="news")
    send(staff, "Email,Имя,Wer\nanna@example.org,Anna,x\nbea(at)example.org,Bea,y\n".encode())
    fields = ANSWERS | columns("email", "given_name", "family_name")
    consent = {"mailing_list": news.pk, "wording": "Да, пишите мне.", "wording_language": "ru"}
    staff.post(page_of(newest()), fields | consent)
    rung.answer()
    download = staff.get(reverse("staff:import_refused", args=[newest().pk])).getvalue()
    lines = list(csv.reader(io.StringIO(download.decode("utf-8-sig"))))
    assert lines[0] == ["Row", "Reason", "Email", "Имя", "Wer"]
    mended = download.replace(b"bea(at)example.org", b"bea@example.org")
    send(staff, mended, "refused-rows-1.csv")
    # Mapped as the sheet it came from, with the two columns before it left out.
    assert newest().mapping == {"2": "email", "3": "given_name", "4": "family_name"}
    staff.post(page_of(newest()), ANSWERS | consent | columns("", "", "email", "given_name"))
    rung.answer()
    staff.post(reverse("staff:import_apply", args=[newest().pk]))
    rung.answer()
    event = ConsentEvent.objects.get(contact__email="bea@example.org")
    assert event.wording is not None
    assert (event.wording.text, event.wording.language) == ("Да, пишите мне.", "ru")
    assert event.legal_basis == "consent: Vigil"


def test_the_time_left_is_told_by_what_was_done_since_the_page_was_opened(
    staff: Client,
    time_machine: Any,
) -> None:
    job = ImportJob.objects.create(
        state=ImportState.CHECKING, rows_total=100_000, cursor=10_000, layout={"columns": []}
    )
    url = reverse("staff:import_progress", args=[job.pk])
    time_machine.move_to("2026-11-22T10:00:00Z", tick=False)
    first = staff.get(url)
    assert "left" not in first.content.decode()
    following = first.context["url"]
    time_machine.shift(60)
    ImportJob.objects.update(cursor=40_000)
    assert "About 2 minutes left." in staff.get(following).content.decode()
    ImportJob.objects.update(cursor=99_000)
    assert "Less than a minute left." in staff.get(following).content.decode()
    for odd in ("cursor=x&at=1", "state=checking&cursor=-1&at=0", "state=done&cursor=1&at=9" * 900):
        assert "left." not in staff.get(f"{url}?{odd}").content.decode()
