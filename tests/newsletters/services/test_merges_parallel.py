"""Several hands on the same two people: real threads, real transactions, one result."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from newsletters.errors import MergeRefused
from newsletters.models import Contact, Merge, StaffAct, Subscription
from newsletters.services import merges
from newsletters.services.merges import Pair
from tests.factories.newsletters import ContactFactory, SubscriptionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(acts: list[Callable[[], object]]) -> list[bool]:
    """Do them all at the same time. Tells which were not refused."""

    def one(act: Callable[[], object]) -> bool:
        try:
            return act() is not None
        except MergeRefused:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        return list(pool.map(one, acts))


def test_two_people_merged_both_ways_at_once_become_one_and_are_parted_once():
    by = UserFactory()
    one, other = (SubscriptionFactory().contact for _ in range(2))
    third = ContactFactory()

    def join(kept: Contact, gone: Contact) -> Callable[[], object]:
        return lambda: merges.merge(pair=Pair(kept, gone), choices={}, by=by)

    ways = [join(one, other), join(other, one)]
    assert sum(at_once([*ways, *ways])) == 2
    merge = Merge.objects.get()
    assert set(Contact.objects.all()) == {third, merge.kept}
    assert Subscription.objects.filter(contact=merge.kept).count() == 2
    assert sum(at_once([lambda: merges.undo(merge=merge, by=by)] * 4)) == 1
    assert set(Contact.objects.all()) == {one, other, third}
    assert StaffAct.objects.count() == 2
