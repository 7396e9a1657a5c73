"""Which network a request comes from."""

import pytest
from django.test import RequestFactory

from newsletters.public.client import network


def asked(remote, forwarded=None):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return network(RequestFactory().get("/", REMOTE_ADDR=remote, **headers))


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_the_network_and_never_the_address(remote, expected):
    assert asked(remote) == expected


def test_without_a_trusted_proxy_the_header_is_worth_nothing():
    assert asked("192.0.2.77", "203.0.113.5") == "192.0.2.0/24"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (1, "203.0.113.5", "203.0.113.0/24"),
        (1, "198.51.100.1, 203.0.113.5", "203.0.113.0/24"),
        (2, "198.51.100.1, 203.0.113.5, 10.0.0.1", "203.0.113.0/24"),
        (2, "203.0.113.5", "192.0.2.0/24"),
        (1, "", "192.0.2.0/24"),
        (1, "203.0.113.5:4711", "203.0.113.0/24"),
        (1, "[2001:db8::1]:4711", "2001:db8::/48"),
        (1, "rubbish", "unknown"),
    ],
)
def test_behind_proxies_it_is_counted_from_the_right(settings, proxies, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies
    assert asked("192.0.2.77", forwarded) == expected
