"""Dates as sheets write them: 03/04/2024 is in April for most, in March for some."""

import re
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
ORDERS = (
    (DAY_FIRST, _("Day first: 03/04/2024 is 3 April")),
    (MONTH_FIRST, _("Month first: 03/04/2024 is 4 March")),
)

_SLASHES = re.compile(r"\s*(\d{1,2})[/-](\d{1,2})[/-](\d{4})\s*")
_MONTHS = 12


def year_first(text: str, order: str) -> str:
    """``03/04/2024`` as ``2024-04-03`` or ``2024-03-04``; any other text as it is."""
    match = _SLASHES.fullmatch(text)
    if not match or not order:
        return text
    first, second, year = match.groups()
    day, month = (first, second) if order == DAY_FIRST else (second, first)
    return f"{year}-{month}-{day}"


def order_of(texts: Iterable[str]) -> str:
    """The order these dates are in, if one of them tells; nothing if none does, or two disagree."""
    orders = set()
    for text in texts:
        match = _SLASHES.fullmatch(text)
        if match and int(match[1]) > _MONTHS:
            orders.add(DAY_FIRST)
        elif match and int(match[2]) > _MONTHS:
            orders.add(MONTH_FIRST)
    return orders.pop() if len(orders) == 1 else ""


def asks_order(texts: Iterable[str]) -> bool:
    """Whether there is a date among them that the order is needed for."""
    return any(_SLASHES.fullmatch(text) for text in texts)
