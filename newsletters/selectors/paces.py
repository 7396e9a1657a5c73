"""Receiving domains that asked us to slow down."""

from collections.abc import Collection

from newsletters.models import ReceiverPace

SHOWN = 50


def learned(transports: Collection[int]) -> list[ReceiverPace]:
    """The slowest first, at most SHOWN of them."""
    rows = ReceiverPace.objects.filter(transport__in=transports).select_related("transport")
    return list(rows.order_by("per_second", "domain")[:SHOWN])


def count(transports: Collection[int]) -> int:
    """How many there are."""
    return ReceiverPace.objects.filter(transport__in=transports).count()
