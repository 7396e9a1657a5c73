"""Trouble at each phase of an SMTP conversation, of each kind: who is charged, and what rests."""

from dataclasses import dataclass
from typing import Any

import pytest
from pytest_django import Settings

from newsletters.models import Delivery, Suppression, Transport
from newsletters.sending import engine, smtp
from newsletters.states import DeliveryState, Lane, TransportState
from tests.infra.sink_script import Phase, Rule
from tests.sink import Sink
from tests.stories import half_sent

PEOPLE = 6
# What may be said before TLS stands; anything else would be read by whoever listens.
HARMLESS = {"EHLO", "STARTTLS", "QUIT"}

TROUBLES: dict[str, dict[str, Any]] = {
    "4xx": {"code": 450, "text": "4.2.0 come again"},
    "5xx": {"code": 550, "text": "5.7.1 not you"},
    "closing": {"code": 421, "text": "4.3.2 closing"},
    "disconnect": {"drop": "before"},
    # Longer than anybody in this test waits.
    "stall": {"delay": 60.0},
}


@dataclass(frozen=True)
class Row:
    """Where the one row of a mail that met trouble stands afterwards."""

    state: DeliveryState = DeliveryState.ACCEPTED
    code: str = ""


GONE_AFTER_ALL = Row()
LATER = Row(DeliveryState.READY, "450 4.2.0")
REFUSED = Row(DeliveryState.REFUSED, "550 5.7.1")
UNSURE = Row(DeliveryState.UNSURE)
# Trouble of the relay: it rests, and nobody was tried.
REST: Row | None = None

TABLE: dict[Phase, dict[str, Row | None]] = {
    "connect": dict.fromkeys(TROUBLES, REST),
    "ehlo": dict.fromkeys(TROUBLES, REST),
    "starttls": dict.fromkeys(TROUBLES, REST),
    "auth": dict.fromkeys(TROUBLES, REST),
    "mail": {
        "4xx": LATER,
        "5xx": REST,
        "closing": GONE_AFTER_ALL,
        "disconnect": GONE_AFTER_ALL,
        "stall": GONE_AFTER_ALL,
    },
    "rcpt": {
        "4xx": LATER,
        "5xx": REFUSED,
        "closing": GONE_AFTER_ALL,
        "disconnect": GONE_AFTER_ALL,
        "stall": GONE_AFTER_ALL,
    },
    "data": {
        "4xx": LATER,
        "5xx": REFUSED,
        "closing": GONE_AFTER_ALL,
        "disconnect": GONE_AFTER_ALL,
        "stall": GONE_AFTER_ALL,
    },
    "dot": {
        "4xx": LATER,
        "5xx": REFUSED,
        "closing": Row(DeliveryState.READY, "421 4.3.2"),
        "disconnect": UNSURE,
        "stall": UNSURE,
    },
}
CELLS = [
    pytest.param(phase, trouble, id=f"{phase}-{trouble}")
    for phase, row in TABLE.items()
    for trouble in row
]


@pytest.fixture
def relay(
    smtp_sink: Sink, settings: Settings, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> Sink:
    """A relay with TLS and a password; our patience with it is that of a test."""
    smtp_sink.script.tls = "starttls"
    smtp_sink.script.user, smtp_sink.script.password = "handbill", "a password"
    monkeypatch.setenv("SSL_CERT_FILE", str(smtp_sink.certificate))
    for name in ("CONNECT_SECONDS", "REPLY_SECONDS", "DOT_SECONDS"):
        monkeypatch.setattr(smtp, name, 0.3)
    settings.MAIL_URL = f"smtp://handbill:a%20password@127.0.0.1:{smtp_sink.port}?tls=starttls"
    settings.MAIL_CONNECTIONS = 1
    return smtp_sink


def test_mails_go_through_a_relay_with_tls_and_a_password(
    relay: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing stalls here, and a busy machine may need its time for a handshake.
    for name in ("CONNECT_SECONDS", "REPLY_SECONDS", "DOT_SECONDS"):
        monkeypatch.setattr(smtp, name, 20)
    half_sent(PEOPLE)
    assert engine.run(Lane.BULK) == PEOPLE
    assert relay.heard_in_clear <= HARMLESS


@pytest.mark.parametrize(("phase", "trouble"), CELLS)
def test_trouble_charges_whom_it_concerns_and_nobody_else(
    relay: Sink, phase: Phase, trouble: str
) -> None:
    expected = TABLE[phase][trouble]
    relay.script.rules = [Rule(phase=phase, **TROUBLES[trouble], times=1)]
    half_sent(PEOPLE)
    sent = engine.run(Lane.BULK)
    if expected is None:
        assert sent == 0
        assert_rest(phase)
        return
    # Rows given back uncharged go in the same run or in the next.
    sent += engine.run(Lane.BULK)
    concerned = Delivery.objects.exclude(state=DeliveryState.ACCEPTED).values_list(
        "state", "last_code", "attempts"
    )
    if expected is GONE_AFTER_ALL:
        assert list(concerned) == []
    else:
        assert list(concerned) == [(expected.state, expected.code, 1)]
    assert sent == Delivery.objects.filter(state=DeliveryState.ACCEPTED, attempts=1).count()
    assert sent == PEOPLE - len(concerned)
    assert not Suppression.objects.exists()
    assert not Transport.objects.filter(state=TransportState.PAUSED).exists()
    assert len(set(relay.accepted())) == len(relay.accepted())


def assert_rest(phase: str) -> None:
    """The transport rests, said once; nobody was tried."""
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.READY, 0)}
    row = Transport.objects.get()
    assert (row.state, row.failures) == (TransportState.PAUSED, 1)
    name = {"ehlo": "greet", "starttls": "tls"}.get(phase, phase)
    assert row.reason.startswith(name) or (phase, row.reason[:5]) == ("connect", "greet")
    assert not Suppression.objects.exists()
    assert engine.run(Lane.BULK) == 0, "it is not tried again at once"


def hide_certificate(relay: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody we know has signed it."""
    monkeypatch.delenv("SSL_CERT_FILE")


def expire(relay: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was good until yesterday."""
    relay.use_certificate(expired=True)


def rename(relay: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is somebody else's."""
    relay.use_certificate(name="relay.other.example")


def strip(relay: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody on the way takes the offer out."""
    relay.script.tls = "none"


def cut(relay: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody on the way cuts the handshake."""
    relay.script.rules = [Rule(phase="starttls", drop="after")]


def inject(relay: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody on the way says something of his own before TLS (RFC 3207 section 6)."""
    text = "2.0.0 go ahead\r\n250 sink"
    relay.script.rules = [Rule(phase="starttls", code=220, text=text)]


def inject_half(relay: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with the beginning of a reply, to be read together with one that is sealed."""
    text = "2.0.0 go ahead\r\n250-sink\r\n250-SMTPUTF8"
    relay.script.rules = [Rule(phase="starttls", code=220, text=text)]


@pytest.mark.parametrize(
    "spoil", [hide_certificate, expire, rename, strip, cut, inject, inject_half]
)
def test_without_sound_tls_nothing_is_said_and_nobody_is_charged(
    relay: Sink, monkeypatch: pytest.MonkeyPatch, spoil: Any
) -> None:
    spoil(relay, monkeypatch)
    half_sent(PEOPLE)
    assert engine.run(Lane.BULK) == 0
    assert relay.heard_in_clear <= HARMLESS
    assert relay.accepted() == []
    assert_rest("tls")


@pytest.mark.parametrize("offered", ["none", "starttls"])
def test_a_relay_that_speaks_no_tls_where_it_must_hears_nothing(
    relay: Sink, settings: Settings, offered: Any
) -> None:
    relay.script.tls = offered
    settings.MAIL_URL = settings.MAIL_URL.replace("starttls", "implicit")
    half_sent(PEOPLE)
    assert engine.run(Lane.BULK) == 0
    assert relay.accepted() == []
    assert not any(verb.isalpha() for verb in relay.heard_in_clear)
    assert_rest("connect")


@pytest.mark.parametrize(("code", "text"), [(535, "5.7.8 wrong"), (454, "4.7.0 not now")])
def test_a_password_that_is_not_taken_rests_the_relay(relay: Sink, code: int, text: str) -> None:
    relay.script.rules = [Rule(phase="auth", code=code, text=text)]
    half_sent(PEOPLE)
    assert engine.run(Lane.BULK) == 0
    assert_rest("auth")
    assert text in Transport.objects.get().reason


def test_the_password_is_nowhere_to_be_read(relay: Sink, settings: Settings) -> None:
    settings.MAIL_URL = settings.MAIL_URL.replace("a%20password", "not%20this%20one")
    half_sent(PEOPLE)
    assert engine.run(Lane.BULK) == 0
    reason = Transport.objects.get().reason
    assert "not this one" not in reason
    assert "handbill" not in reason
