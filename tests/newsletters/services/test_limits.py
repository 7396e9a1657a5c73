"""Rate limits that hold no address and no network."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from newsletters.models import DayKey, Limit
from newsletters.services import limits

pytestmark = pytest.mark.django_db


def test_so_many_and_not_one_more():
    answers = [limits.allow("sign-up", "192.0.2.0/24", limit=3, seconds=3600) for _ in range(5)]
    assert answers == [True, True, True, False, False]


def test_scopes_and_keys_are_counted_apart():
    assert limits.allow("a", "x", limit=1, seconds=3600)
    assert limits.allow("b", "x", limit=1, seconds=3600)
    assert limits.allow("a", "y", limit=1, seconds=3600)


def test_what_is_stored_is_a_hash_under_a_random_key():
    limits.allow("sign-up", "192.0.2.0/24", limit=3, seconds=3600)
    first = Limit.objects.get().key
    assert len(first) == 64
    Limit.objects.all().delete()
    DayKey.objects.all().delete()
    limits.allow("sign-up", "192.0.2.0/24", limit=3, seconds=3600)
    assert Limit.objects.get().key != first


def test_old_counters_and_old_keys_are_forgotten():
    limits.allow("a", "x", limit=1, seconds=3600)
    Limit.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    DayKey.objects.update(day=timezone.now().date() - timedelta(days=3))
    assert limits.forget() == 1
    assert not Limit.objects.exists()
    assert not DayKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_counted_at_one_moment_nobody_slips_through():
    def count(_number):
        try:
            return limits.allow("a", "x", limit=5, seconds=3600)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=8) as pool:
        assert sum(pool.map(count, range(24))) == 5
