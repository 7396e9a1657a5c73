"""76: a domain where no mail arrives, asked of a real server on loopback, and every silence."""

from collections.abc import Iterator

import pytest
from django.core.cache import caches
from pytest_django import Settings

from newsletters.addresses import receiving
from newsletters.addresses.receiving import parse_reachable, takes_mail
from newsletters.errors import AddressError
from tests.infra.dns import SILENT, Zone

pytestmark = pytest.mark.once
KARSH = "karsh.example"
PUBLIC = "9.9.9.9"


@pytest.fixture
def asking(zone: Zone, settings: Settings) -> Iterator[Zone]:
    """The look-up is on, and its server knows the world."""
    settings.CHECK_MAIL_DOMAINS = True
    zone.point("com", "NS", "a.nic.example.")
    caches["mail_domains"].clear()
    yield zone
    caches["mail_domains"].clear()


TAKES = {
    "a host in the world": {
        (KARSH, "MX"): ["10 mx.karsh.example."],
        ("mx.karsh.example", "A"): [PUBLIC],
    },
    "only by IPv6": {
        (KARSH, "MX"): ["10 mx.karsh.example."],
        ("mx.karsh.example", "AAAA"): ["2620:fe::fe"],
    },
    "no MX, but the domain is a host": {(KARSH, "A"): [PUBLIC]},
    "the second host": {
        (KARSH, "MX"): ["10 localhost.", "20 mx.karsh.example."],
        ("mx.karsh.example", "A"): [PUBLIC],
    },
    "more hosts than are asked about": {
        (KARSH, "MX"): [f"{n} mx{n}.karsh.example." for n in range(9)]
    },
}
TAKES_NOT = {
    "null MX": {(KARSH, "MX"): ["0 ."], (KARSH, "A"): [PUBLIC]},
    "nothing at the name": {},
    "a name without any host": {(KARSH, "NS"): ["a.nic.example."]},
    "localhost": {(KARSH, "MX"): ["10 localhost."], ("localhost", "A"): ["127.0.0.1"]},
    "a private network": {
        (KARSH, "MX"): ["10 mx.karsh.example."],
        ("mx.karsh.example", "A"): ["10.1.2.3"],
        ("mx.karsh.example", "AAAA"): ["fd00::1"],
    },
    "a host that is none": {(KARSH, "MX"): ["10 gone.karsh.example."], (KARSH, "A"): [PUBLIC]},
}
Records = dict[tuple[str, str], list[str]]


@pytest.mark.parametrize(
    ("records", "takes"),
    [*((one, True) for one in TAKES.values()), *((one, False) for one in TAKES_NOT.values())],
    ids=[*TAKES, *TAKES_NOT],
)
def test_76_a_domain_takes_mail_or_the_dns_says_for_certain_that_it_does_not(
    asking: Zone, records: Records, takes: bool
) -> None:
    asking.others |= records
    assert takes_mail(KARSH) is takes
    # The second time nobody is asked, and nobody ever for the part before the @.
    questions = list(asking.asked)
    assert takes_mail(KARSH) is takes
    assert asking.asked == questions


def test_76_the_sentence_comes_by_the_form_and_a_slip_is_asked_about_instead(asking: Zone) -> None:
    asking.fail(KARSH, "NXDOMAIN")
    with pytest.raises(AddressError) as caught:
        parse_reachable("anna.holm@karsh.example")
    assert caught.value.code == "no_mail"
    assert not any("anna" in name for name in asking.asked)
    before = len(asking.asked)
    assert parse_reachable("anna@gmial.com")
    assert len(asking.asked) == before


@pytest.mark.parametrize("how", ["SERVFAIL", "REFUSED", SILENT])
def test_76_who_cannot_answer_keeps_nobody_away_and_is_not_asked_for_ever(
    asking: Zone, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(receiving, "PATIENCE_SECONDS", 0.2)
    names = [f"{letter}.example" for letter in "abcdef"]
    for name in names:
        asking.fail(name, how)
    assert all(map(takes_mail, names))
    assert set(asking.asked) == set(names[: receiving.SILENCES])


def test_76_a_resolver_that_knows_nothing_of_the_world_refuses_nobody(asking: Zone) -> None:
    asking.others.clear()
    assert takes_mail(KARSH)


def test_76_nothing_is_asked_where_it_is_switched_off(asking: Zone, settings: Settings) -> None:
    settings.CHECK_MAIL_DOMAINS = False
    assert takes_mail(KARSH)
    assert asking.asked == []
