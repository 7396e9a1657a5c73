"""What the DNS says at a name, or that it says nothing just now."""

from collections.abc import Sequence

import dns.exception
import dns.name
import dns.resolver
from dns.nameserver import Do53Nameserver
from dns.rdtypes.ANY.TXT import TXT

from newsletters.dkim.resolvers import server

# A person waits for it on a page.
PATIENCE_SECONDS = 5.0
# Room for an RSA key in one datagram (dnsflagday.net/2020).
DATAGRAM = 1232


class Unanswered(Exception):
    """Nobody answered, or nobody could: it may be right and it may be wrong."""


def txt(name: str, resolvers: Sequence[str] = ()) -> list[str]:
    """The TXT records at ``name``, the strings of each joined; empty when there is none.

    Asks ``resolvers`` ("address" or "address:port", see ``server``) or, without
    any, those of this machine. Raises Unanswered.
    """
    try:
        answer = resolver(resolvers).resolve(dns.name.from_text(name), "TXT", search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise Unanswered(type(error).__name__) from error
    return [
        b"".join(record.strings).decode("utf-8", "replace")
        for record in answer
        if isinstance(record, TXT)
    ]


def resolver(resolvers: Sequence[str]) -> dns.resolver.Resolver:
    """Asks ``resolvers``, or without any those of this machine."""
    made = dns.resolver.Resolver(configure=not resolvers)
    if resolvers:
        made.nameservers = [Do53Nameserver(*server(text)) for text in resolvers]
    made.lifetime = PATIENCE_SECONDS
    made.use_edns(0, 0, DATAGRAM)
    return made
