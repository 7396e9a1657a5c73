"""What ``manage.py check`` says about settings that are well typed and wrong all the same."""

import pytest
from django.core.checks import Error, run_checks
from pytest_django import Settings

from config import checks

ID = "handbill."


def ids() -> set[str]:
    """The ids of our own findings."""
    found = {message.id for message in run_checks()}
    return {name for name in found if isinstance(name, str) and name.startswith(ID)}


def test_the_settings_as_they_are_pass() -> None:
    assert ids() == set()


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "http://localhost",
        "http://192.168.1.7",
        "http://duskgytldkxiuqc6.onion",
    ],
)
def test_a_site_is_https_or_an_onion_or_near(settings: Settings, address: str) -> None:
    settings.SITE_URL = address
    assert checks.public_address() == []


@pytest.mark.parametrize("address", ["http://example.org", "http://203.0.113.9.example"])
def test_a_public_site_in_the_clear_is_an_error(settings: Settings, address: str) -> None:
    settings.SITE_URL = address
    assert ids() == {"handbill.E001"}


@pytest.mark.parametrize(
    "url",
    [
        "outbox://",
        "smtp://relay.example",
        "smtp://me:p%40ss@relay.example:465?tls=implicit",
        "anymail://postmark",
    ],
)
def test_a_known_way_of_mail_passes(settings: Settings, url: str) -> None:
    settings.MAIL_URL = url
    assert checks.ways_of_mail() == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "relay.example",
        "smtp://",
        "smtp://relay.example?tls=maybe",
        "smtp://relay.example:99999",
        "smtp://me:p/w@relay.example",
        "anymail://",
        "anymail://pigeon",
        "console://",
    ],
)
def test_an_unknown_way_of_mail_is_an_error_that_shows_no_password(
    settings: Settings, url: str
) -> None:
    settings.MAIL_URL = url
    [finding] = checks.ways_of_mail()
    assert (finding.id, type(finding)) == ("handbill.E002", Error)
    assert "p/w" not in f"{finding.msg} {finding.hint}"
    settings.MAIL_URL = "outbox://"
    settings.MAIL_TRANSPORTS = {"good": "smtp://relay.example", "second": url}
    [finding] = checks.ways_of_mail()
    assert "second" in finding.msg
    assert "p/w" not in f"{finding.msg} {finding.hint}"


def test_a_plug_that_cannot_be_loaded_is_named(settings: Settings) -> None:
    settings.NEWSLETTERS_SECTIONS = ["campaigns.newsletter_hooks.NOBODY"]
    [finding] = checks.plugs()
    assert finding.id == "handbill.E003"
    assert "NEWSLETTERS_SECTIONS" in finding.msg
    assert "NOBODY" in finding.msg


def test_a_language_nobody_can_name_is_an_error(settings: Settings) -> None:
    settings.CONTENT_LANGUAGES = ["en", "xx"]
    [finding] = checks.languages()
    assert finding.id == "handbill.E004"
    assert "xx" in finding.msg
    assert "kk" in str(finding.hint)


def test_mail_that_leaves_wants_a_postal_address_and_links_that_lead_here(
    settings: Settings,
) -> None:
    settings.POSTAL_ADDRESS, settings.SITE_HOST = "", "localhost"
    assert checks.mail_that_leaves() == []
    settings.MAIL_URL = "smtp://relay.example"
    assert ids() == {"handbill.W001", "handbill.W002"}
    settings.MAIL_URL = "outbox://"
    settings.MAIL_TRANSPORTS = {"second": "smtp://relay.example"}
    assert ids() == {"handbill.W001", "handbill.W002"}
    settings.POSTAL_ADDRESS, settings.SITE_HOST = "Lantern Yard 7, Anywhere", "example.org"
    assert ids() == set()
