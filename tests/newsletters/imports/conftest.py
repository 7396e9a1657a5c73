"""What every test of imports starts with."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from newsletters.models import ImportJob, MailingList
from newsletters.services import imports
from newsletters.services.imports import Choices


@pytest.fixture(autouse=True)
def sheets_of_its_own(private_files: None) -> None:
    """Every import keeps files."""


@pytest.fixture
def admin(db: None) -> User:
    """Who imports."""
    return User.objects.create_superuser("aigul", "aigul@example.org", "a long password")


@pytest.fixture
def news(db: None) -> MailingList:
    """The list people join."""
    return MailingList.objects.create(name="News", slug="news")


def upload(text: str | bytes, user: User, name: str = "people.csv") -> ImportJob:
    """A sheet through the service of the upload page."""
    content = text.encode() if isinstance(text, str) else text
    return imports.create(file=SimpleUploadedFile(name, content), user=user)


def choices(job: ImportJob, **changed: Any) -> Choices:
    """The mapping page filled in as guessed."""
    values: dict[str, Any] = {
        "mapping": job.mapping,
        "legal_basis": "consent",
        "source": "Vigil",
        "wording": "Yes, write to me.",
    }
    return Choices(**values | changed)


@pytest.fixture
def checked(admin: User, news: MailingList) -> Callable[..., ImportJob]:
    """``checked(text, **choices)``: an import whose dry run is done."""

    def run(text: str | bytes, **changed: Any) -> ImportJob:
        job = upload(text, admin)
        imports.map_columns(job=job, choices=choices(job, **{"mailing_list": news} | changed))
        imports.check(job_id=job.pk)
        job.refresh_from_db()
        return job

    return run


@pytest.fixture
def applied(checked: Callable[..., ImportJob]) -> Callable[..., ImportJob]:
    """``applied(text, **choices)``: an import that has been written."""

    def run(text: str | bytes, **changed: Any) -> ImportJob:
        job = checked(text, **changed)
        imports.go(job=job)
        imports.apply(job_id=job.pk)
        job.refresh_from_db()
        return job

    return run
