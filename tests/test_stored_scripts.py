"""Markup in every text of every row, looked at in a real browser: none of it runs."""

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import models
from django.test import Client
from playwright.sync_api import Dialog, Page
from pytest_django import Settings

from campaigns.models import Article
from tests.factories import world
from tests.payloads.naughty import MARKUP, PROBE
from tests.test_bad_input import first_addresses

OURS = {"newsletters", "campaigns", "petitions"}
# Columns that are no words of anybody: what the program itself writes and relies on.
MADE = re.compile(
    r"slug|state|kind|language|email|address|_key|token|digest|hash|_name$|zone|^country|policy|"
    r"status|^act$|scope|reason$|lane|host|worker|doubt|frequency|url|path|guid|picture$|photo$|"
    r"method|purpose|variant|last_code|file|time_zone|scheduled|word_key|^day|key$|layout"
)
WORDS = re.compile(r"^(?:file_name|given_name|family_name|sender_name|source_name|postal_address)$")
# A mailing's page writes the head of a mail with it, which refuses what no door lets in.
OF_A_HEAD = "sender_name"
EXPORT = Path(__file__).parent / "payloads" / "wordpress.xml"
# Parts of pages, and mails: looked at where their page puts them.
FRAMES = ("/preview/mail/", "/body/", "/progress/")
LEAST = 2 + min(map(len, MARKUP))
INJECTED = """() => [...document.querySelectorAll('*')].filter(element =>
  [...element.attributes].some(({name, value}) => name.startsWith('on') || name.includes('PROBE')
    || (['src', 'href', 'action', 'formaction', 'srcdoc', 'data'].includes(name)
        && /^\\s*(javascript|data:text|vbscript)|evil\\.example/i.test(value)))
  || element.localName.includes('PROBE')
  || (element.localName === 'script' && element.textContent.includes('PROBE'))
).map(element => element.outerHTML.slice(0, 200))""".replace("PROBE", PROBE)


def columns() -> Iterator[tuple[type[models.Model], str, int]]:
    """(model, column, length) of every text a person or a file may have brought in."""
    for model in apps.get_models():
        for column in model._meta.get_fields() if model._meta.app_label in OURS else ():
            if isinstance(column, models.CharField | models.TextField) and not column.choices:
                name = column.name
                is_long = (column.max_length or 2000) >= LEAST
                if is_long and not column.unique and (WORDS.match(name) or not MADE.search(name)):
                    yield model, name, column.max_length or 2000


def poison() -> int:
    """Put a vector into every text of every row, past all services. Returns how many columns."""
    vectors = itertools.cycle(MARKUP)
    number = 0
    for model, name, length in columns():
        for row in model._default_manager.all():
            fitting = (vector for vector in vectors if len(vector) <= length)
            vector = next(text for text in fitting if name != OF_A_HEAD or text.isprintable())
            model._default_manager.filter(pk=row.pk).update(**{name: vector})
        number += 1
    return number


def sheet() -> bytes:
    """A vector in every cell, the header among them."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["email", *MARKUP])
    for number in range(3):
        writer.writerow([f"p{number}@example.org", *MARKUP[number:], *MARKUP[:number]])
    writer.writerow([MARKUP[0], *MARKUP])
    return out.getvalue().encode()


def mail() -> bytes:
    """A kept mail with vectors in its head; its body stands in a sandbox of its own."""
    return (
        f"From: {MARKUP[0]} <a@example.org>\r\nTo: b@example.org\r\nSubject: {MARKUP[4]}\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<head></head>"
        "<p>Words</p>\r\n"
    ).encode()


def import_vectors(folder: Path) -> None:
    """An export whose every element holds one."""
    vectors = itertools.cycle(escape(vector) for vector in MARKUP)
    plain = re.compile(
        r"(<(title|content:encoded|excerpt:encoded|dc:creator|category)\b[^>]*>)[^<]*(?:<!\[CDATA\[.*?\]\]>)?(</\2>)",
        re.DOTALL,
    )
    text = plain.sub(lambda found: found[1] + next(vectors) + found[3], EXPORT.read_text("utf-8"))
    path = folder / "export.xml"
    path.write_text(text, "utf-8")
    call_command("import_wordpress", str(path))
    assert Article.objects.exclude(imported_guid=None).count() > 3


@pytest.fixture
def paths(transactional_db: None, settings: Settings, tmp_path: Path) -> list[str]:
    """The addresses of a site full of vectors."""
    settings.OUTBOX_ROOT = tmp_path / "outbox"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PRIVATE_ROOT = tmp_path / "private"
    rows = world.build(sheet(), mail())
    # Bodies are made safe when they are saved: they come in by the import, as they would.
    bodies = dict(Article.objects.values_list("pk", "body"))
    assert poison() > 30
    for pk, body in bodies.items():
        Article.objects.filter(pk=pk).update(body=body)
    import_vectors(tmp_path)
    imported = Article.objects.exclude(imported_guid=None)
    return [*first_addresses(rows), *(row.get_absolute_url() for row in imported)]


def test_no_text_of_any_row_runs_on_any_page(
    paths: list[str], page_for: Callable[[int], Page], site: str
) -> None:
    page = page_for(1280)
    alerts: list[str] = []

    def note(dialog: Dialog) -> None:
        alerts.append(f"{page.url}: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", note)
    eyes = log_in(page, site)
    missing: list[str] = []
    page.on(
        "response",
        lambda got: missing.append(f"{page.url}: {got.url}") if got.status == 404 else None,
    )
    found: list[str] = []
    looked = 0
    for path in paths:
        # What is no page, or leads on, is not for looking at.
        answer = eyes.get(path)
        answer.close()
        html = answer.headers.get("Content-Type", "").startswith("text/html")
        if answer.status_code != 200 or not html or path.endswith(FRAMES):
            continue
        page.goto(path, wait_until="load")
        looked += 1
        for frame in page.frames:
            if not frame.url.endswith(FRAMES):
                found += [f"{path}: {html}" for html in frame.evaluate(INJECTED)]
    assert looked > 50
    assert not alerts, alerts
    assert not missing, missing
    assert not found, "\n".join(found)


def log_in(page: Page, site: str) -> Client:
    """As somebody with every right, without the form."""
    client = Client()
    client.force_login(User.objects.create_superuser("everything"))
    for name, cookie in client.cookies.items():
        page.context.add_cookies([{"name": name, "value": cookie.value, "url": site}])
    return client
