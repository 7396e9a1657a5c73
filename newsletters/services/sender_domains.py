"""The domains we write from: entered, and warmed up."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from newsletters.addresses.domains import read_domain
from newsletters.errors import AddressError, SenderDomainRefused
from newsletters.models import SenderDomain


def read(text: str) -> str:
    """The domain somebody typed, as the DNS knows it. Raises SenderDomainRefused ("domain")."""
    try:
        return read_domain(text.strip().removesuffix("."))
    except AddressError as error:
        sentence = _("Write the domain alone, like example.org: what stands behind the @.")
        raise SenderDomainRefused("domain", sentence) from error


def add(*, domain: str) -> SenderDomain:
    """A new sender domain, without a key. Raises SenderDomainRefused ("domain")."""
    name = read(domain)
    try:
        with transaction.atomic():
            return SenderDomain.objects.create(domain=name)
    except IntegrityError:
        sentence = _("%(domain)s is among the sender domains already.") % {"domain": name}
        raise SenderDomainRefused("domain", sentence) from None


def warm_up(*, sender_domain: SenderDomain, since: date | None) -> SenderDomain:
    """Say on which day its warm-up plan begins or began; None: receivers know it already."""
    SenderDomain.objects.filter(pk=sender_domain.pk).update(warm_up_from=since)
    sender_domain.warm_up_from = since
    return sender_domain
