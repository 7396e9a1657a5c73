"""Where the mail of these tests goes."""

import pytest
from pytest_django import Settings

from tests.sink import Sink


@pytest.fixture
def relay(smtp_sink: Sink, settings: Settings) -> Sink:
    """The mail goes to the sink over one connection."""
    settings.MAIL_URL = f"smtp://127.0.0.1:{smtp_sink.port}?tls=none"
    settings.MAIL_CONNECTIONS = 1
    return smtp_sink
