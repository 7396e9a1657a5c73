"""What is known by the key of an address, asked of people with one address or several."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from newsletters.models import OtherAddress


def by_any_address(rows: QuerySet[Any]) -> Q:
    """People of whom one of ``rows`` holds the ``address_key``, first address or another."""
    by_key = rows.filter(address_key=OuterRef("address_key"))
    by_first = Q(Exists(by_key))
    # An OR keeps PostgreSQL from joining, and most installations have no further address.
    if not OtherAddress.objects.exists():
        return by_first
    others = OtherAddress.objects.filter(Exists(by_key), contact=OuterRef("pk"))
    return by_first | Q(Exists(others))
