"""Providers that cannot be used at all charge nobody."""

from pathlib import Path

import pytest
from pytest_django import Settings

from newsletters.models import Transport
from newsletters.sending import engine
from newsletters.states import Lane
from tests.infra.certificate import server_context, write_certificate
from tests.infra.provider import serving
from tests.infra.providers import APIS
from tests.infra.redis import free_port
from tests.newsletters.sending.esp.situations import Start, every, nobody_was_charged, use
from tests.stories import half_sent

pytestmark = pytest.mark.django_db(transaction=True)


@every
def test_a_provider_that_cannot_be_reached_charges_nobody(settings: Settings, name: str) -> None:
    settings.MAIL_URL = f"anymail://{name}"
    settings.ANYMAIL = APIS[name].settings(free_port())
    mailing = half_sent(2)
    assert engine.run(Lane.BULK) == 0
    assert nobody_was_charged(mailing)


@every
def test_a_provider_nobody_vouches_for_charges_nobody(
    settings: Settings, tmp_path: Path, name: str
) -> None:
    context = server_context(write_certificate(tmp_path / "own.pem"))
    with serving(APIS[name], context) as provider:
        use(settings, provider)
        settings.ANYMAIL = {
            key: over_tls(value) for key, value in provider.api.settings(provider.port).items()
        }
        mailing = half_sent(2)
        assert engine.run(Lane.BULK) == 0
        assert nobody_was_charged(mailing)
        assert provider.requests == []


def over_tls(value: str | dict[str, str]) -> str | dict[str, str]:
    """The same setting with https:// in it."""
    if isinstance(value, dict):
        return {name: inner.replace("http:", "https:") for name, inner in value.items()}
    return value.replace("http:", "https:")


def test_a_time_that_is_none_is_trouble_that_names_it(start: Start, settings: Settings) -> None:
    start("postmark")
    settings.ANYMAIL = {**settings.ANYMAIL, "REQUESTS_TIMEOUT": "soon"}
    mailing = half_sent(1)
    assert engine.run(Lane.BULK) == 0
    assert nobody_was_charged(mailing)
    assert "REQUESTS_TIMEOUT" in Transport.objects.get().reason


@every
def test_missing_keys_are_trouble_that_names_them(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(variable, raising=False)
    settings.MAIL_URL = f"anymail://{name}"
    settings.ANYMAIL = {}
    mailing = half_sent(1)
    assert engine.run(Lane.BULK) == 0
    assert nobody_was_charged(mailing)
    reason = Transport.objects.get().reason
    assert ("region" if name == "amazon_ses" else name.upper()) in reason
