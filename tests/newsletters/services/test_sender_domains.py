"""Sender domains."""

from datetime import date

import pytest

from newsletters.errors import SenderDomainRefused
from newsletters.models import SenderDomain
from newsletters.services import sender_domains

pytestmark = pytest.mark.django_db


def test_a_domain_is_kept_as_the_dns_knows_it() -> None:
    assert sender_domains.add(domain=" News.Example.ORG. ").domain == "news.example.org"
    assert sender_domains.add(domain="bücher.example").domain == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "text",
    [
        *("", "org", "a@example.org", "https://example.org/", "exa mple.org", "-a.org", "1.2.3.4"),
        *("a..org", f"{'x' * 300}.org", "example.org\nexample.net", "a\x00.org", "ｅxample.org"),
    ],
)
def test_what_is_no_domain_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(SenderDomainRefused) as refused:
        sender_domains.add(domain=text)
    assert refused.value.code == "domain"
    assert "example.org" in str(refused.value)
    assert not SenderDomain.objects.exists()


def test_a_domain_is_there_once() -> None:
    sender_domains.add(domain="example.org")
    with pytest.raises(SenderDomainRefused, match="already"):
        sender_domains.add(domain="EXAMPLE.org")
    assert SenderDomain.objects.count() == 1


def test_the_warm_up_begins_on_a_day_or_never() -> None:
    made = sender_domains.add(domain="example.org")
    for day in (date(2026, 11, 30), None):
        sender_domains.warm_up(sender_domain=made, since=day)
        made.refresh_from_db()
        assert made.warm_up_from == day
