"""Asking the DNS: a real server, every way it can answer."""

import pytest
from pytest_django import Settings

from newsletters.dkim import lookup
from newsletters.dkim.lookup import Unanswered, txt
from newsletters.dkim.resolvers import server
from tests.infra.dns import SILENT, Dns, Zone

NAME = "hb._domainkey.example.org"


def test_the_strings_of_a_record_are_joined(zone: Zone, settings: Settings) -> None:
    zone.publish(NAME, "v=DKIM1; p=" + "A" * 600)
    assert txt(NAME, settings.DNS_RESOLVERS) == ["v=DKIM1; p=" + "A" * 600]
    assert zone.asked == [NAME]


def test_every_record_at_the_name_is_seen(zone: Zone, settings: Settings) -> None:
    zone.publish(NAME, "v=DKIM1; p=QUJD", "a note")
    assert sorted(txt(NAME, settings.DNS_RESOLVERS)) == ["a note", "v=DKIM1; p=QUJD"]


def test_no_name_and_a_name_without_records_are_both_nothing(
    zone: Zone, settings: Settings
) -> None:
    assert txt(NAME, settings.DNS_RESOLVERS) == []
    zone.publish(NAME)
    assert txt(NAME, settings.DNS_RESOLVERS) == []


@pytest.mark.parametrize("how", ["SERVFAIL", "REFUSED", SILENT])
def test_a_server_that_cannot_say_is_no_answer(
    zone: Zone, settings: Settings, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(lookup, "PATIENCE_SECONDS", 0.3)
    zone.fail(NAME, how)
    with pytest.raises(Unanswered):
        txt(NAME, settings.DNS_RESOLVERS)


def test_a_second_resolver_is_asked_when_the_first_fails(zone: Zone, settings: Settings) -> None:
    zone.fail(NAME, "SERVFAIL")
    with Dns() as second:
        second.zone.publish(NAME, "v=DKIM1; p=QUJD")
        assert txt(NAME, [*settings.DNS_RESOLVERS, second.address]) == ["v=DKIM1; p=QUJD"]


def test_a_resolver_is_an_address_with_or_without_a_port() -> None:
    assert server("9.9.9.9") == ("9.9.9.9", 53)
    assert server("127.0.0.1:5353") == ("127.0.0.1", 5353)
    assert server("2620:fe::fe") == ("2620:fe::fe", 53)
    assert server("[::1]:5353") == ("::1", 5353)
    for wrong in ("", "dns.example.org", "9.9.9.9:x", "9.9.9.9/x", "a@9.9.9.9", "9.9.9.9:70000"):
        with pytest.raises(ValueError, match=r".*"):
            server(wrong)
