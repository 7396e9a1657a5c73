"""An admin brings the sheet somebody kept for years, through the pages."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from newsletters.models import Contact, ImportJob, MailingList, Subscription
from newsletters.services import erasure, imports
from newsletters.states import ImportState, SubscriptionState
from tests.infra.rings import Rings
from tests.newsletters.imports import files
from tests.newsletters.imports.test_imports_rules import known, on_list

pytestmark = pytest.mark.usefixtures("private_files")

ROUTES = ("import_map", "import_check", "import_report", "import_refused", "import_progress")
POSTS = ("import_apply", "import_stop", "import_undo")


def send(client: Client, content: bytes, name: str = "people.csv") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("staff:import_new"), {"file": file})


def test_the_dry_run_asks_about_addresses_that_look_mistyped(staff: Client, rung: Rings) -> None:
    send(staff, b"Email\nanna@example.org\nolga@gmial.com\n")
    job = ImportJob.objects.get()
    answers = {"column_0": "email", "legal_basis": "consent", "source": "Vigil", "policy": "fill"}
    staff.post(reverse("staff:import_map", args=[job.pk]), answers)
    rung.answer()
    page = staff.get(reverse("staff:import_report", args=[job.pk]), follow=True).content.decode()
    assert "olga@gmial.com on line 3: was olga@gmail.com meant?" in page


def test_the_refused_cell_is_shown_until_the_person_is_forgotten(
    staff: Client, rung: Rings
) -> None:
    mira = known("mira@example.org")
    cell = "<b>www.evil.example</b> " + "x" * 60
    send(staff, f"Email,Given name\nmira@example.org,{cell}\nbea(at)example.org,Bea\n".encode())
    job = ImportJob.objects.get()
    answers = {"legal_basis": "consent", "source": "Vigil", "policy": "fill"}
    mapped = {"column_0": "email", "column_1": "given_name"}
    staff.post(reverse("staff:import_map", args=[job.pk]), answers | mapped)
    rung.answer()
    check = reverse("staff:import_check", args=[job.pk])
    page = staff.get(check).text
    assert f"<bdi>{escape(cell[:59])}…</bdi>" in page
    assert "<bdi>bea(at)example.org</bdi>" in page
    erasure.erase(contact=mira, by=None)
    page = staff.get(check).text
    assert "evil" not in page
    assert "<bdi>bea(at)example.org</bdi>" in page


def test_upload_map_check_write_download_and_take_back(staff: Client, rung: Rings) -> None:
    news = MailingList.objects.create(name="News", slug="news")
    on_list(known("left@example.org"), news, SubscriptionState.UNSUBSCRIBED)
    sheet = files.xlsx(
        ["E-Mail-Adresse", "Имя", "Land", "Notes"],
        ["anna@example.org", "Anna", "Германия", "x"],
        ["left@example.org", "Left", "", ""],
        ["@SUM(1+1)*cmd", "Eve", "", "+49"],
        ["Bea <bea@example.org>", "Bea", "FR", ""],
        ["BEA@example.org", "Beatrix", "", ""],
    )
    answer = send(staff, sheet, "people.csv")
    job = ImportJob.objects.get()
    assert answer["Location"] == reverse("staff:import_map", args=[job.pk])
    page = staff.get(answer["Location"]).content.decode()
    assert "E-Mail-Adresse" in page
    answer = staff.post(
        answer["Location"],
        {
            **{
                f"column_{at}": field for at, field in enumerate(("email", "given_name", "country"))
            },
            "mailing_list": news.pk,
            "legal_basis": "consent",
            "source": "Vigil",
            "wording": "Yes, write to me.",
            "policy": "fill",
        },
    )
    check = reverse("staff:import_check", args=[job.pk])
    assert answer["Location"] == check
    assert "Nothing is written" in staff.get(check).content.decode()
    rung.answer()
    page = staff.get(check).content.decode()
    assert "anna@example.org" in page
    assert "only they can come back on it" in page
    assert "with one address the first counts" in page
    assert Contact.objects.count() == 1
    download = staff.get(reverse("staff:import_refused", args=[job.pk]))
    table = list(csv.reader(io.StringIO(download.getvalue().decode("utf-8-sig"))))
    assert table[0] == ["Row", "Reason", "E-Mail-Adresse", "Имя", "Land", "Notes"]
    assert table[1][0] == "4"
    assert table[1][2:] == ["'@SUM(1+1)*cmd", "Eve", "", "'+49"]
    staff.post(reverse("staff:import_apply", args=[job.pk]))
    rung.answer()
    report = reverse("staff:import_report", args=[job.pk])
    assert "The people are in" in staff.get(report).content.decode()
    states = dict(Subscription.objects.values_list("contact__email", "state"))
    assert states == {
        "anna@example.org": "active",
        "bea@example.org": "active",
        "left@example.org": "unsubscribed",
    }
    staff.post(reverse("staff:import_undo", args=[job.pk]))
    rung.answer()
    assert "taken back" in staff.get(report).content.decode()
    assert [contact.email for contact in Contact.objects.all()] == ["left@example.org"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\x09\x08\x10\0\0\x06\x05\0" + b"\0" * 100, "from before 1993"),
        (files.bomb(20), "unfolds"),
        (b'Email\n"a@example.org\n', "line 2 is never closed"),
    ],
    ids=["empty", "xls", "bomb", "quote"],
)
def test_a_file_that_cannot_be_read_says_so_and_is_not_kept(
    staff: Client, settings: Any, content: bytes, words: str
) -> None:
    answer = send(staff, content)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportJob.objects.exists()
    folder = settings.STORAGES["private"]["OPTIONS"]["location"]
    assert not folder.exists() or not [path for path in folder.rglob("*") if path.is_file()]


def test_a_wrong_guess_can_be_corrected(staff: Client) -> None:
    send(staff, "Email;Имя\nanna@example.org;Анна\n".encode("cp1251"))
    job = ImportJob.objects.get()
    url = reverse("staff:import_map", args=[job.pk])
    layout = {"look": "1", "encoding": "cp1252", "delimiter": ";", "header_row": "1"}
    assert "Àííà" in staff.post(url, layout).text
    assert "Àííà" in staff.get(url).content.decode()
    staff.post(url, layout | {"encoding": "cp1251"})
    assert "Анна" in staff.get(url).content.decode()
    assert staff.post(url, layout | {"encoding": "ebcdic"}).status_code == 422


def test_mistakes_on_the_mapping_page_are_named_at_their_fields(staff: Client) -> None:
    send(staff, b"Email,Name\na@example.org,A\n")
    job = ImportJob.objects.get()
    answer = staff.post(reverse("staff:import_map", args=[job.pk]), {"policy": "fill"})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert set(form.errors) >= {"legal_basis", "source"}
    filled = {"legal_basis": "consent", "source": "x", "policy": "fill", "column_1": "full_name"}
    answer = staff.post(reverse("staff:import_map", args=[job.pk]), filled)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"column_0"}
    assert "which column holds the e-mail address" in answer.content.decode()
    twice = filled | {"column_0": "email", "column_1": "email"}
    answer = staff.post(reverse("staff:import_map", args=[job.pk]), twice)
    assert set(answer.context["form"].errors) == {"column_1"}
    assert ImportJob.objects.get().state == ImportState.UPLOADED


@pytest.mark.once
def test_the_dry_run_speaks_in_words_and_what_was_thrown_away_can_be_imported_after_all(
    staff: Client, rung: Rings
) -> None:
    send(staff, b"Email,Country,Tags\na@example.org,Germany,choir\nnobody,,\n")
    job = ImportJob.objects.get()
    staff.post(
        reverse("staff:import_map", args=[job.pk]),
        {
            **{f"column_{at}": name for at, name in enumerate(("email", "country", "tags"))},
            "legal_basis": "membership",
            "source": "x",
            "policy": "fill",
        },
    )
    rung.answer()
    check = staff.get(reverse("staff:import_check", args=[job.pk])).text
    assert "Nobody joins a list" in check
    assert "Import 1 person" in check
    assert "Germany" in check
    assert "They are: choir. To keep them" in check
    report = reverse("staff:import_report", args=[job.pk])
    staff.post(reverse("staff:import_stop", args=[job.pk]))
    assert "Nothing was written" in staff.get(report).text
    assert "Import them after all" in staff.get(report).text
    staff.post(reverse("staff:import_apply", args=[job.pk]))
    rung.answer()
    page = staff.get(report).text
    assert "The people are in" in page
    assert "Import them after all" not in page
    assert "To keep them" not in page


@pytest.mark.parametrize(
    ("rows", "policy", "why"),
    [
        ("known@example.org,Known", "fill", "everybody in the sheet is as it says already"),
        ("known@example.org,Other", "keep", "people we know are not touched"),
        ("known@example.org,Known\nnobody,X", "fill", "nobody else would change"),
        ("nobody,X", "fill", "no row can be used"),
        ("", "fill", "no rows below its names"),
    ],
)
def test_a_sheet_that_changes_nothing_says_why_and_has_no_button_that_would_do_nothing(
    staff: Client, rung: Rings, rows: str, policy: str, why: str
) -> None:
    known("known@example.org", given_name="Known")
    send(staff, f"Email,First name\n{rows}\n".encode())
    job = ImportJob.objects.get()
    answers = {"column_0": "email", "column_1": "given_name"}
    answers |= {"legal_basis": "consent", "source": "Vigil", "policy": policy}
    staff.post(reverse("staff:import_map", args=[job.pk]), answers)
    rung.answer()
    page = staff.get(reverse("staff:import_check", args=[job.pk])).text
    assert "There is nothing to write" in page
    assert why in page
    assert reverse("staff:import_apply", args=[job.pk]) not in page


def test_what_holds_the_address_is_asked_at_the_column_that_looks_like_it(staff: Client) -> None:
    rows = "Mira;mira at example\nThea;thea@\nNoor;@noor\n"
    staff.post(reverse("staff:import_new"), {"rows": rows})
    job = ImportJob.objects.get()
    assert "email" not in job.mapping.values()
    filled = {"legal_basis": "consent", "source": "x", "policy": "fill"}
    page = staff.post(reverse("staff:import_map", args=[job.pk]), filled).text
    assert '<a href="#id_column_1">' in page
    field = page[page.index('<select name="column_1"') :].partition(">")[0]
    assert 'aria-describedby="id_column_1_error"' in field
    error = page[page.index('id="id_column_1_error"') :].partition("</ul>")[0]
    assert "Say which column holds the e-mail address." in error


def test_reading_the_file_again_keeps_what_was_answered(staff: Client) -> None:
    news = MailingList.objects.create(name="News", slug="news")
    send(staff, "Email;Имя\nmira@example.org;Мира\n".encode("cp1251"))
    job = ImportJob.objects.get()
    url = reverse("staff:import_map", args=[job.pk])
    typed = {
        "mailing_list": str(news.pk),
        "legal_basis": "consent",
        "source": "Vigil",
        "wording": "Yes, write to me.",
        "yes_words": "да",
        "policy": "overwrite",
        "makes_tags": "on",
    }
    look = {"look": "1", "encoding": "cp1251", "delimiter": ";", "header_row": "1"}
    columns = {"column_0": "email", "column_1": "family_name"}

    def answers(changed: dict[str, str]) -> dict[str, Any]:
        form = staff.post(url, typed | columns | look | changed).context["form"]
        return {name: form[name].value() for name in [*typed, *columns]}

    kept = typed | columns | {"makes_tags": True}
    assert answers({}) == kept
    assert answers({"encoding": "ebcdic"}) == kept
    # Other columns are guessed anew.
    assert answers({"header_row": "2"}) == kept | {"column_0": "", "column_1": ""}
    assert answers({"header_row": "1"}) == kept | {"column_1": "given_name"}
    assert ImportJob.objects.get().state == ImportState.UPLOADED


def test_names_and_headers_that_look_like_markup_are_shown_as_text(staff: Client) -> None:
    send(staff, b"Email,<script>alert(1)</script>\na@example.org,<b>x</b>\n")
    job = ImportJob.objects.get()
    page = staff.get(reverse("staff:import_map", args=[job.pk])).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_wide_sheet_costs_no_more_queries(
    staff: Client, django_assert_max_num_queries: Any
) -> None:
    header = ",".join(["Email", *(f"c{at}" for at in range(300))])
    send(staff, f"{header}\na@example.org{',x' * 300}\n".encode())
    job = ImportJob.objects.get()
    with django_assert_max_num_queries(10):
        assert staff.get(reverse("staff:import_map", args=[job.pk])).status_code == 200


def test_the_list_of_imports_is_paged_with_few_queries(
    staff: Client, django_assert_max_num_queries: Any
) -> None:
    assert "Nobody has imported" in staff.get(reverse("staff:imports")).content.decode()
    ImportJob.objects.bulk_create(
        ImportJob(file_name=f"{at}.csv", file_digest=str(at)) for at in range(60)
    )
    with django_assert_max_num_queries(8):
        page = staff.get(reverse("staff:imports")).content.decode()
    assert page.count(".csv") == 25


@pytest.mark.once
@pytest.mark.parametrize("state", [ImportState.UPLOADED, ImportState.CHECKED])
def test_an_upload_nobody_imported_in_time_says_that_it_is_gone(
    staff: Client, state: ImportState
) -> None:
    send(staff, b"Email\na@example.org\n")
    ImportJob.objects.update(state=state, created_at=timezone.now() - timedelta(days=31))
    assert imports.forget() == 1
    job = ImportJob.objects.get()
    for name in ("import_map", "import_check", "import_report"):
        page = staff.get(reverse(f"staff:{name}", args=[job.pk]), follow=True)
        assert page.status_code == 200
        assert "The upload is gone" in page.text


def test_only_who_may_import_sees_any_of_it(client: Client, staff: Client) -> None:
    send(staff, b"Email\na@example.org\n")
    job = ImportJob.objects.get()
    pages = [reverse("staff:imports"), reverse("staff:import_new")]
    pages += [reverse(f"staff:{name}", args=[job.pk]) for name in ROUTES]
    posts = [reverse(f"staff:{name}", args=[job.pk]) for name in POSTS]
    for url in pages:
        assert client.get(url)["Location"].startswith(reverse("login"))
    for url in posts:
        assert client.post(url)["Location"].startswith(reverse("login"))
        assert staff.get(url).status_code == 405
    client.force_login(User.objects.create_user("visitor", is_staff=True))
    assert {client.get(url).status_code for url in pages} == {403}
    assert {client.post(url).status_code for url in posts} == {403}
