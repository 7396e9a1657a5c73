"""Bounce storms: a domain that says of one mailbox after another that it does not exist.

Its directory is down, then, or a relay looks in the wrong one; the people are
there. So nobody is suppressed for it, and their mails come again later.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from newsletters.models import Alarm, Contact, Delivery, Suppression
from newsletters.services import alarms, limits, suppressions
from newsletters.states import AlarmKind, DeliveryState, SuppressionReason

WINDOW = timedelta(minutes=10)
# So many mailboxes of one domain may vanish in a window before it is not believed any more.
BELIEVED = 50
# An alarm stays for so long after the last refusal it counts.
QUIET = timedelta(hours=1)


@transaction.atomic
def rages(*, address: str, address_key: str, code: str) -> bool:
    """Count one more "no such mailbox"; True when its domain says so too often to be believed.

    The windows are those of the clock, counted in rows for all processes
    together; a mailbox known to be missing counts once. At the one too many,
    suppressions of the same words and domain in this window are lifted again
    and staff get an alarm.
    """
    if Suppression.objects.filter(
        address_key=address_key, reason=SuppressionReason.BOUNCED
    ).exists():
        return False
    domain = address.rpartition("@")[2]
    seconds = int(WINDOW.total_seconds())
    count = limits.count("missing", f"{domain}|{code}", seconds=seconds)
    if count <= BELIEVED:
        return False
    if count == BELIEVED + 1:
        _take_back(domain, code, timezone.now() - WINDOW)
    if count % BELIEVED == 1:
        over = timezone.now() + QUIET
        details = {"domain": domain, "count": count, "over_at": over.isoformat()}
        alarms.raise_(key=f"storm:{domain}"[:80], kind=AlarmKind.STORM, details=details)
    return True


def calm() -> int:
    """Clear the alarms of storms that are over. Returns how many."""
    now = timezone.now()
    open_ = Alarm.objects.filter(kind=AlarmKind.STORM)
    over = [row.key for row in open_ if datetime.fromisoformat(row.details["over_at"]) < now]
    return sum(alarms.clear(key=key) for key in over)


def _take_back(domain: str, code: str, since: datetime) -> None:
    """Lift the suppressions this domain caused with ``code`` before anybody knew."""
    recent = Suppression.objects.filter(
        reason=SuppressionReason.BOUNCED, since__gte=since, detail__startswith=code
    )
    keys = list(recent.values_list("address_key", flat=True))
    for key in {*_people(domain, keys), *_single_mails(domain, keys)}:
        suppressions.heal(address_key=key)


def _people(domain: str, keys: list[str]) -> QuerySet[Contact, str]:
    found = Contact.objects.filter(address_key__in=keys, email__endswith=f"@{domain}")
    return found.values_list("address_key", flat=True)


def _single_mails(domain: str, keys: list[str]) -> QuerySet[Delivery, str]:
    """Those who are nobody's contact (yet): a confirmation is refused as well."""
    refused = Delivery.objects.filter(mailing=None, state=DeliveryState.REFUSED)
    found = refused.filter(address_key__in=keys, address__endswith=f"@{domain}")
    return found.values_list("address_key", flat=True)
