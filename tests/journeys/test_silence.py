"""What is done with people's data leaves no name and no address in a log."""

import logging
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from structlog.stdlib import ProcessorFormatter

from newsletters.models import BulkChange, Contact, Delivery, ImportJob, Merge
from newsletters.services import retention
from tests.factories.newsletters import ContactFactory, MailingListFactory, trap_fields
from tests.infra.mail import Post
from tests.infra.rings import Rings

pytestmark = pytest.mark.django_db(transaction=True)

SHEET = (
    "Email,Given name,Family name,Phone\n"
    "thea.quill@example.org,Thea,Quillon,+43 1 5550199\n"
    "theaquill@example.net,Thea,Quillon,\n"
    "quillon at example,Broken,Quillon,\n"
)
NAMES = ("thea", "quill", "5550199", "127.0.0.1")


class Lines(logging.Handler):
    """Every record as our own formatter writes it."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.formatter = formatter
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line."""
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[list[str]]:
    """What stands in the log, down to the smallest notes of our own apps."""
    root = logging.getLogger()
    ours = next(
        handler.formatter
        for handler in root.handlers
        if isinstance(handler.formatter, ProcessorFormatter)
    )
    lines = Lines(ours)
    root.addHandler(lines)
    apps = [logging.getLogger(name) for name in ("newsletters", "worker", "config", "petitions")]
    levels = [logger.level for logger in apps]
    for logger in apps:
        logger.setLevel(logging.DEBUG)
    yield lines.lines
    for logger, level in zip(apps, levels, strict=True):
        logger.setLevel(level)
    root.removeHandler(lines)


def test_a_day_with_peoples_data_leaves_no_name_in_the_log(
    log: list[str], client: Client, private_files: None, rung: Rings, post: Post
) -> None:
    client.force_login(User.objects.create_superuser("aigul"))
    come_in(client, rung)
    work(client, rung)
    # What was missing and what was refused.
    client.get("/staff/people/99/?q=thea.quill@example.org")
    client.post("/staff/imports/new/", {"text": "thea.quill@example.org"})
    public = Client()
    news = MailingListFactory()
    asked = {"email": "thea.quill@example.org", "lists": [news.pk], "language": "en"}
    public.post("/news/", {**asked, **trap_fields()})
    public.post("/news/", {**asked, "email": "thea.quill@example"})
    post.deliver()
    retention.prune()
    logging.getLogger("newsletters").info("the end")
    assert log[-1].endswith('event="the end"')
    assert not [line for line in log for name in NAMES if name in line.casefold()]


def test_a_row_the_database_refuses_is_not_shown_in_the_log(log: list[str]) -> None:
    person = ContactFactory(
        email="thea.quill@example.org", given_name="Thea", family_name="Quillon"
    )
    try:
        Contact.objects.filter(pk=person.pk).update(language=None)
    except IntegrityError:
        logging.getLogger("worker").exception("the job failed")
    assert "IntegrityError" in log[-1]
    assert "The above exception was the direct cause" in log[-1]
    assert not [name for name in NAMES if name in log[-1].casefold()]


def come_in(client: Client, rung: Rings) -> None:
    """An import: columns, dry run, applied."""
    upload = SimpleUploadedFile("quillon.csv", SHEET.encode())
    client.post("/staff/imports/new/", {"file": upload})
    job = ImportJob.objects.get()
    names = ("email", "given_name", "family_name", "phone")
    said = {f"column_{at}": name for at, name in enumerate(names)}
    said |= {"legal_basis": "legitimate interest", "source": "Vigil", "policy": "fill"}
    page = client.post(f"/staff/imports/{job.pk}/columns/", said)
    assert page.status_code == 302
    rung.answer()
    client.post(f"/staff/imports/{job.pk}/apply/")
    rung.answer()
    assert Contact.objects.filter(family_name="Quillon").count() == 2


def work(client: Client, rung: Rings) -> None:
    """A change to both, a table, a merge and its undo; one is told what we hold, one forgotten."""
    one, other = Contact.objects.order_by("pk")
    asked = {"who": "all", "q": "thea", "look": "1"}
    client.post("/staff/people/changes/new/", {**asked, "kind": "add_tag", "do-tag": "quill"})
    client.post("/staff/people/exports/new/", {**asked, "format": "xlsx"})
    rung.answer()
    assert BulkChange.objects.get().changed == 2
    client.post(
        f"/staff/people/doubles/{one.pk}/{other.pk}/", {"kept": "first", "take_phone": "first"}
    )
    client.post(f"/staff/people/merges/{Merge.objects.get().pk}/undo/")
    assert Merge.objects.get().undone_at is not None
    client.post(f"/staff/people/{one.pk}/access/")
    assert Delivery.objects.count() == 1
    client.post(f"/staff/people/{other.pk}/erase/", {"is_sure": "on"})
    assert Contact.objects.get() == one
