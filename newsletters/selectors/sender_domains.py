"""Reading the domains we write from and what signs for them."""

from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from newsletters.addresses.domains import author_domain
from newsletters.dkim.records import Entry, name_of, value_of
from newsletters.models import DkimKey, SenderDomain


def with_keys() -> QuerySet[SenderDomain]:
    """All sender domains with how many keys each has (``keys``) and how many sign (``signing``)."""
    return SenderDomain.objects.annotate(
        keys=Count("dkim_keys"),
        signing=Count("dkim_keys", filter=Q(dkim_keys__verified_at__isnull=False)),
    )


def keys_of(sender_domain: SenderDomain) -> QuerySet[DkimKey]:
    """The keys of a domain, newest first."""
    return sender_domain.dkim_keys.select_related("domain").order_by("-pk")


def entry_of(key: DkimKey) -> Entry:
    """The DNS record of ``key``."""
    name = name_of(key.selector, key.domain.domain)
    return Entry(name, value_of(key.algorithm, key.public_key))


def signing_keys() -> QuerySet[DkimKey]:
    """The keys mail is signed with now: of each domain and algorithm the newest verified one."""
    newest = (
        DkimKey.objects.filter(
            domain=OuterRef("domain"),
            algorithm=OuterRef("algorithm"),
            verified_at__isnull=False,
        )
        .order_by("-pk")
        .values("pk")[:1]
    )
    return DkimKey.objects.filter(pk=Subquery(newest)).select_related("domain").order_by("pk")


def is_ours(sender: str) -> bool:
    """Whether mail may come from the address in ``sender``: its domain is one we write from."""
    domain = author_domain(sender)
    if domain in {settings.MAIL_DOMAIN, author_domain(settings.MAIL_FROM)}:
        return True
    return SenderDomain.objects.filter(domain=domain).exists()


def is_left_unsigned(sender: str) -> bool:
    """Whether mail from ``sender`` was to be signed here and would go out without a signature.

    A domain that is not among the sender domains, or has no key, is signed by
    the relay or provider; that is nothing to warn of.
    """
    keys = DkimKey.objects.filter(domain__domain=author_domain(sender))
    return keys.exists() and not keys.filter(verified_at__isnull=False).exists()
