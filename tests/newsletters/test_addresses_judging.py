"""What may be said about a valid address: a slip, a role, a look-alike, where it writes from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletters import addresses
from newsletters.addresses.domains import author_domain
from newsletters.errors import AddressError
from tests.newsletters.test_addresses import SHAPED


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Anna@gmial.com", "Anna@gmail.com"),
        ("anna@gmail.con", "anna@gmail.com"),
        ("anna@gmial.con", "anna@gmail.com"),
        ("anna@hotnail.com", "anna@hotmail.com"),
        ("anna@hotmai.com", "anna@hotmail.com"),
        ("anna@outloook.com", "anna@outlook.com"),
        ("anna@yaho.com", "anna@yahoo.com"),
        ("anna@example.ogr", "anna@example.org"),
    ],
)
def test_74_a_likely_slip_is_asked_about(typed, meant):
    assert addresses.suggestion(addresses.parse(typed)) == meant


@pytest.mark.parametrize(
    "typed",
    ["a@gmail.com", "a@mail.com", "a@ymail.com", "a@example.org", "a@gmx.net", "a@x.co", "a@x.de"],
)
def test_a_right_address_is_not_questioned(typed):
    assert addresses.suggestion(addresses.parse(typed)) is None


@pytest.mark.parametrize(
    "typed", ["abuse@x.org", "No-Reply@x.org", "noreply+1@x.org", "news-bounces@x.org"]
)
def test_56_a_role_is_noticed(typed):
    assert addresses.is_role(addresses.parse(typed))


@pytest.mark.parametrize("typed", ["anna@x.org", "info@x.org", "office@x.org", "abuser@x.org"])
def test_a_person_or_a_small_office_is_no_role(typed):
    assert not addresses.is_role(addresses.parse(typed))


@pytest.mark.parametrize("typed", ["аdmin@x.org", "a@gооgle.com", "a@сос.com", "аdmin@xn--80a.org"])
def test_68_look_alikes_are_flagged_and_taken(typed):
    assert addresses.is_suspicious(addresses.parse(typed))


@pytest.mark.parametrize(
    "typed",
    ["anna@x.org", "jörg@bücher.example", "用户a@例子.公司", "иван@пример.рф", "山田タロウ@x.org"],
)
def test_one_script_or_those_written_together_are_not_flagged(typed):
    assert not addresses.is_suspicious(addresses.parse(typed))


@given(st.text() | SHAPED)
def test_judging_never_fails_on_an_address(text):
    try:
        address = addresses.parse(text)
    except AddressError:
        return
    addresses.suggestion(address)
    addresses.is_role(address)
    addresses.is_suspicious(address)
    assert len(addresses.person_key(address)) == 32


@pytest.mark.parametrize(
    ("sender", "domain"),
    [
        ("Free Mira <campaign@Example.ORG>", "example.org"),
        ('"Mira, Karsh" <campaign@example.org>', "example.org"),
        ("post@bücher.example", "xn--bcher-kva.example"),
        ("Free Mira <campaign@testserver>", "testserver"),
        ("post@bü..cher.example", ""),
        ("nobody", ""),
        ("", ""),
    ],
)
def test_the_domain_of_a_from_line_is_what_the_dns_knows(sender: str, domain: str) -> None:
    assert author_domain(sender) == domain
