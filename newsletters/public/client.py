"""Which network a request comes from: for rate limits only, never stored or logged."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"
IPV4_PREFIX = 24
IPV6_PREFIX = 48


def network(request: HttpRequest) -> str:
    """The client's /24 or /48, such as "192.0.2.0/24"; "unknown" when nothing can be read.

    Behind ``settings.TRUSTED_PROXIES`` proxies the client is that many entries
    from the right of X-Forwarded-For: whatever stands further left was written
    by the client herself and is worth nothing.
    """
    try:
        address = ipaddress.ip_address(_host(_entry(request)))
    except ValueError:
        return UNKNOWN
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    prefix = IPV4_PREFIX if isinstance(address, ipaddress.IPv4Address) else IPV6_PREFIX
    return str(ipaddress.ip_network((address.packed, prefix), strict=False))


def _entry(request: HttpRequest) -> str:
    direct: str = request.META.get("REMOTE_ADDR", "")
    hops = settings.TRUSTED_PROXIES
    if not hops:
        return direct
    chain = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    # Fewer entries than proxies: it came past one of them, so nothing in the header is proved.
    return chain[-hops].strip() if len(chain) >= hops and chain[-hops].strip() else direct


def _host(entry: str) -> str:
    """Without the port some proxies add: "192.0.2.1:80", "[2001:db8::1]:80"; without a zone."""
    if entry.startswith("["):
        entry = entry[1:].partition("]")[0]
    elif entry.count(":") == 1:
        entry = entry.partition(":")[0]
    return entry.partition("%")[0]
