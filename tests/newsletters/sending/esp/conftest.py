"""Providers on loopback."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pytest_django import Settings

from newsletters.sending.esp import session
from tests.infra.provider import Provider, serving
from tests.infra.providers import APIS
from tests.newsletters.sending.esp.situations import Start, use


@pytest.fixture(autouse=True)
def one_connection(settings: Settings) -> None:
    """So that everything has an order."""
    settings.MAIL_CONNECTIONS = 1


@pytest.fixture
def start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """``start("postmark")``: that provider on loopback, and settings that lead to it."""
    # The pauses between two repetitions; how many there are stays.
    monkeypatch.setattr(session, "REPEATS", tuple(0.01 for _ in session.REPEATS))
    with ExitStack() as servers:

        def begin(name: str) -> Provider:
            provider = servers.enter_context(serving(APIS[name]))
            use(settings, provider)
            return provider

        yield begin
