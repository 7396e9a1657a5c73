"""Rate limits: one upsert per (scope, key, window), hashed under a random key of the day."""

import hmac
import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from newsletters.models import DayKey, Limit

KEEP_KEYS = timedelta(hours=48)


def allow(scope: str, key: str, *, limit: int, seconds: int) -> bool:
    """Count one more ``scope`` by ``key``; True while it is within ``limit`` per ``seconds``."""
    return count(scope, key, seconds=seconds) <= limit


@transaction.atomic
def count(scope: str, key: str, *, seconds: int) -> int:
    """Count one more ``scope`` by ``key``; returns how many there were in this window.

    In one transaction, so that each caller reads the count it made itself.
    Windows are at most a day, and midnight (UTC) begins a new one: the keys change then.

    ``key`` may be personal (a network, an address): it is stored only as a
    keyed hash that nobody can compute again once the day's key is destroyed.
    """
    now = timezone.now()
    window = int(now.timestamp()) // seconds
    digest = hmac.digest(_day_key(), f"{scope}|{key}|{window}".encode(), "sha256").hex()
    expires_at = now + timedelta(seconds=seconds)
    if not Limit.objects.filter(key=digest).update(count=F("count") + 1):
        _create_or_count(digest, expires_at)
    return Limit.objects.values_list("count", flat=True).get(key=digest)


def forget() -> int:
    """Remove counters whose window is over and keys older than 48 h. Returns how many counters."""
    now = timezone.now()
    DayKey.objects.filter(day__lt=(now - KEEP_KEYS).date()).delete()
    return Limit.objects.filter(expires_at__lt=now).delete()[0]


def _create_or_count(digest: str, expires_at: datetime) -> None:
    try:
        with transaction.atomic():
            Limit.objects.create(key=digest, count=1, expires_at=expires_at)
    except IntegrityError:
        # Somebody counted the first one at the same moment.
        Limit.objects.filter(key=digest).update(count=F("count") + 1)


def _day_key() -> bytes:
    today = timezone.now().date()
    row, _ = DayKey.objects.get_or_create(day=today, defaults={"key": secrets.token_bytes(32)})
    return bytes(row.key)
