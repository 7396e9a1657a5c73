"""The ways out the settings declare, and the rows staff keep about them."""

from django.conf import settings

from newsletters.models import Transport

MAIN = "main"


def declared() -> dict[str, str]:
    """Name → address of every transport the environment declares. Holds secrets: never shown."""
    return {MAIN: settings.MAIL_URL, **settings.MAIL_TRANSPORTS}


def known() -> list[Transport]:
    """The rows of declared transports that were looked at once; others are not used any more."""
    names = list(declared())
    found = Transport.objects.filter(name__in=names).prefetch_related("sender_domains")
    return sorted(found, key=lambda row: names.index(row.name))
