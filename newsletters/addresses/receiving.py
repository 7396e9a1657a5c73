"""Whether a domain takes mail at all, as far as the DNS says so for certain.

Only the domain is asked about, never the address. Whoever cannot answer keeps nobody away:
silence counts as yes.
"""

import time
from ipaddress import ip_address

import dns.exception
import dns.name
import dns.rdata
import dns.resolver
from django.conf import settings
from django.core.cache import caches
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from newsletters.addresses.judging import suggestion
from newsletters.addresses.keys import domain_key
from newsletters.addresses.ours import parse_personal
from newsletters.addresses.parsing import Address
from newsletters.addresses.sentences import refusal
from newsletters.dkim.lookup import Unanswered, resolver

# For all questions about one domain together: a person waits for them on a page.
PATIENCE_SECONDS = 2.0
KEPT_SECONDS = 6 * 3600
# So many domains without an answer in a minute, and nobody is asked for the rest of it:
# whoever types names of slow servers would else hold every process.
SILENCES = 3
SILENCE_SECONDS = 60
# Of the hosts of a domain, the most preferred ones.
MOST_HOSTS = 4
# Whoever cannot find this one knows nothing of the world.
EVERYBODY_KNOWS = dns.name.from_text("com")


def parse_reachable(text: str) -> Address:
    """One address somebody types into a form. Raises AddressError as ``parse_personal``.

    And for a domain where no mail arrives. Not for a likely slip: a form asks about that,
    and believes whoever insists.
    """
    address = parse_personal(text)
    if suggestion(address) is None and not takes_mail(address.domain):
        raise refusal("no_mail")
    return address


def takes_mail(domain: str) -> bool:
    """False when the DNS says for certain that no mail arrives there. Kept for six hours.

    A null MX (RFC 7505), or no host (RFC 5321 section 5.1) with an address in the
    world: none at all, this machine's own, one of a private network.
    """
    if not settings.CHECK_MAIL_DOMAINS:
        return True
    cache = caches["mail_domains"]
    key = domain_key(domain)
    known: bool | None = cache.get(key)
    if known is not None:
        return known
    silences = cache.get("silences", 0)
    if silences >= SILENCES:
        return True
    try:
        known = _Questions().find(dns.name.from_text(domain))
    except Unanswered:
        cache.set("silences", silences + 1, SILENCE_SECONDS)
        return True
    cache.set(key, known, KEPT_SECONDS)
    return known


class _Questions:
    """What is asked about one domain, within one patience. Every question raises Unanswered."""

    def __init__(self) -> None:
        self._ends = time.monotonic() + PATIENCE_SECONDS
        self._resolver = resolver(settings.DNS_RESOLVERS)

    def find(self, domain: dns.name.Name) -> bool:
        """Whether mail can arrive there."""
        exchanges = [row for row in self._ask(domain, "MX") if isinstance(row, MX)]
        exchanges.sort(key=lambda row: row.preference)
        if [row.exchange for row in exchanges] == [dns.name.root]:
            return False
        hosts = [row.exchange for row in exchanges] or [domain]
        if any(map(self._is_in_the_world, hosts[:MOST_HOSTS])) or len(hosts) > MOST_HOSTS:
            return True
        if not self._ask(EVERYBODY_KNOWS, "NS"):
            raise Unanswered
        return False

    def _is_in_the_world(self, host: dns.name.Name) -> bool:
        return any(
            ip_address(row.address).is_global
            for kind in ("A", "AAAA")
            for row in self._ask(host, kind)
            if isinstance(row, A | AAAA)
        )

    def _ask(self, name: dns.name.Name, kind: str) -> list[dns.rdata.Rdata]:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Unanswered
        try:
            return list(self._resolver.resolve(name, kind, search=False, lifetime=left))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise Unanswered(type(error).__name__) from error
