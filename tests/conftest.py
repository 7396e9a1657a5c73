"""What every test may ask for: real servers, a watched browser, the rings of the doorbell."""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from newsletters.sending import engine, sweeper
from tests.infra.browser import Window, chromium_browser, serious_findings
from tests.infra.databases import Databases
from tests.infra.dns import Dns, Zone
from tests.infra.mail import Post
from tests.infra.postgres import postgres_server
from tests.infra.redis import redis_server
from tests.infra.rings import Rings
from tests.sink import Sink

NEEDS = {"redis_url": "redis", "chromium": "browser"}


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Mark a test by the tool it asks for, and let those with a browser run last.

    Last, because Playwright leaves an event loop in the thread: no test after
    it could call asyncio.run(). A wrapper, because marks must be there before
    -m chooses, and our order must stand after pytest-django has made its own.
    """
    for item in items:
        for fixture, marker in NEEDS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)
    yield
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


# Servers ------------------------------------------------------------------------
@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server's maintenance database: the runner's, or one of our own."""
    given = os.environ.get("HANDBILL_TEST_POSTGRES")
    if given:
        yield given
        return
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis of this test process, empty at the start of the session."""
    with redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Databases:
    """Databases on the engine under test, for processes a test starts: ``databases.fresh()``."""
    on_postgres = "postgresql" in django_settings.DATABASES["default"]["ENGINE"]
    server = request.getfixturevalue("postgres_url") if on_postgres else None
    return Databases(tmp_path_factory.mktemp("databases"), server)


@pytest.fixture
def smtp_sink(tmp_path: Path) -> Iterator[Sink]:
    """A real SMTP server on loopback that keeps what it is given; see tests/sink.py."""
    with Sink(record=tmp_path / "accepted.txt", keep=tmp_path / "kept") as sink:
        yield sink


@pytest.fixture
def zone(settings: Settings, tmp_path: Path) -> Iterator[Zone]:
    """What the DNS says, asked over a real socket; signing keys lie in a folder of the test."""
    settings.DKIM_ROOT = tmp_path / "keys"
    with Dns() as server:
        settings.DNS_RESOLVERS = [server.address]
        yield server.zone


@pytest.fixture(autouse=True)
def a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process learns of receivers and clocks outlives a turn, but not a test.

    Nor does what this machine knows of a database that each test begins anew.
    """
    (Path(django_settings.JOURNAL_ROOT) / "level").unlink(missing_ok=True)
    monkeypatch.setattr(sweeper, "_wall", sweeper._Wall())
    for door in engine._doors.values():
        monkeypatch.setattr(door, "_paces", {})


# The doorbell ---------------------------------------------------------------------
@pytest.fixture
def private_files(settings: Settings, tmp_path: Path) -> None:
    """Private storage of this test alone."""
    options = {"location": tmp_path / "private"}
    settings.STORAGES = settings.STORAGES | {
        "private": settings.STORAGES["private"] | {"OPTIONS": options}
    }


@pytest.fixture
def rung() -> Rings:
    """Rings since the test began: ``rung.collect()`` reads, ``rung.answer()`` does the jobs."""
    rings = Rings()
    rings.forget()
    return rings


# The browser ----------------------------------------------------------------------
@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the session."""
    # Playwright's event loop in this thread makes Django refuse the ORM; nothing here is async.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with chromium_browser() as browser:
        yield browser
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(live_server: LiveServer, settings: Settings) -> str:
    """The address of the running site; links in mails lead there too."""
    url: str = live_server.url
    settings.SITE_URL = url
    settings.CSRF_TRUSTED_ORIGINS = [url]
    return url


@pytest.fixture
def page_for(chromium: Browser, site: str) -> Iterator[Callable[[int], Page]]:
    """``page_for(390)``: a page that wide on the running site.

    At the end the test fails if any page asked another host for anything, or
    if the console showed an error (a broken content security policy is one).
    """
    window = Window(chromium, site)
    yield window.page
    window.close()
    assert window.troubles == []


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """``assert axe(page) == []``: no serious or critical finding on the page as it stands."""
    return serious_findings


# Mail --------------------------------------------------------------------------------
@pytest.fixture
def post(transactional_db: None) -> Post:
    """The engine and its outbox: ``post.deliver()`` sends what is due and returns what left.

    Transactional, because the engine reads the ledger through a connection of its own.
    """
    return Post()
