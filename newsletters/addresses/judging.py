"""What may be said about a valid address: a likely slip, a role, a look-alike. Never a refusal."""

from newsletters.addresses.parsing import Address
from newsletters.addresses.providers import ENDING_SLIPS, MISSPELT
from newsletters.addresses.scripts import is_deceptive_host, is_mixed

# Boxes read by a machine or by nobody. info@ and office@ are left out: small
# groups really do read their mail there.
_ROLES = frozenset(
    {
        "abuse",
        "bounce",
        "bounces",
        "daemon",
        "devnull",
        "donotreply",
        "do-not-reply",
        "hostmaster",
        "listserv",
        "mailer-daemon",
        "majordomo",
        "nobody",
        "noc",
        "noreply",
        "no-reply",
        "postmaster",
        "root",
        "security",
        "spam",
        "unsubscribe",
        "usenet",
        "webmaster",
    }
)
_ROLE_ENDINGS = ("-bounces", "-noreply", "-no-reply", "-owner", "-request")


def suggestion(address: Address) -> str | None:
    """The address that was probably meant, or None. To be asked, never to be imposed."""
    name, _, ending = address.domain.rpartition(".")
    domain = f"{name}.{ENDING_SLIPS.get(ending, ending)}"
    domain = MISSPELT.get(domain, domain)
    return f"{address.local}@{domain}" if domain != address.domain else None


def is_role(address: Address) -> bool:
    """Whether the address names a task no person reads mail for, such as abuse@ or noreply@."""
    local = address.canonical.rpartition("@")[0].partition("+")[0]
    return local in _ROLES or local.endswith(_ROLE_ENDINGS)


def is_suspicious(address: Address) -> bool:
    """Whether letters of two scripts are mixed, or Cyrillic ones pass for Latin. Only a flag."""
    if address.canonical.isascii() and "xn--" not in address.domain:
        return False
    return is_mixed(address.local) or is_deceptive_host(address.display_domain)
