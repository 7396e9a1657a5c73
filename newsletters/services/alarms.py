"""Alarms: raised once when something is wrong, on every staff page until it is over."""

from typing import Any

import structlog

from newsletters.models import Alarm
from newsletters.states import AlarmKind

log = structlog.get_logger("newsletters.alarms")


def raise_(*, key: str, kind: str, details: dict[str, Any]) -> bool:
    """Raise the alarm ``key``, or renew the details of one that is open. True when it is new.

    Of any number of callers at once one hears True and logs it. ``details``
    fill the sentence of ``kind``, so a missing one is refused (KeyError): ids,
    numbers, domains and names of transports; never an address or a person.
    ``key`` says what it is about ("transport:relay"), in at most 80 characters.
    """
    AlarmKind(kind).label % details
    _alarm, is_new = Alarm.objects.get_or_create(
        key=key, defaults={"kind": kind, "details": details}
    )
    if is_new:
        log.error("alarm_raised", key=key, kind=str(kind))
    else:
        Alarm.objects.filter(key=key).update(kind=kind, details=details)
    return is_new


def clear(*, key: str) -> bool:
    """The trouble is over. True for the one caller whose call ended it."""
    gone, _by_model = Alarm.objects.filter(key=key).delete()
    if gone:
        log.info("alarm_cleared", key=key)
    return bool(gone)
