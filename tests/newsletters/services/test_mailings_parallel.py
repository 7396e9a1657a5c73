"""Fifty hands on one mailing: real threads, real transactions, one result."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from newsletters.errors import MailingRefused
from newsletters.models import Mailing
from newsletters.services import expansion, mailings
from newsletters.states import DeliveryState, MailingState
from tests.factories.newsletters import (
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    MailingVersionFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(times: int, act: Callable[[], object]) -> list[bool]:
    """Do ``act`` that often at the same time. Tells which of them were not refused."""

    def one(_number: int) -> bool:
        try:
            act()
        except MailingRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(max_workers=10) as pool:
        return list(pool.map(one, range(times)))


@pytest.fixture
def sender():
    return UserFactory(permissions=["newsletters.approve_mailing"])


def test_of_fifty_sends_at_once_one_is_done(sender, rung):
    mailing = MailingFactory(state=MailingState.APPROVED)
    sender.has_perm("newsletters.approve_mailing")

    def send():
        mailings.send_now(mailing=Mailing.objects.get(pk=mailing.pk), by=sender)

    assert sum(at_once(50, send)) == 1
    assert len(rung.collect()) == 1


def test_of_ten_schedulers_at_once_one_starts_it(sender, rung):
    mailing = MailingFactory(state=MailingState.APPROVED)
    mailings.send_now(mailing=mailing, by=sender)
    Mailing.objects.filter(pk=mailing.pk).update(state=MailingState.SCHEDULED)
    rung.collect()
    at_once(10, mailings.start_due)
    assert len(rung.collect()) == 1


def test_five_workers_make_one_list(monkeypatch):
    monkeypatch.setattr(expansion, "CHUNK", 7)
    wanted = MailingListFactory()
    SubscriptionFactory.create_batch(60, mailing_list=wanted)
    mailing = MailingFactory(lists=[wanted], state=MailingState.EXPANDING)
    MailingVersionFactory(mailing=mailing)
    at_once(5, lambda: expansion.expand(mailing_id=mailing.pk))
    expansion.expand(mailing_id=mailing.pk)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.total) == (MailingState.SENDING, 60)
    assert mailing.deliveries.count() == 60


def test_pause_resume_and_cancel_at_once_leave_exact_counts(sender):
    mailing = MailingFactory(state=MailingState.SENDING, total=20)
    DeliveryFactory.create_batch(20, mailing=mailing)
    sender.has_perm("newsletters.approve_mailing")
    acts = [
        lambda row: mailings.pause(mailing=row),
        lambda row: mailings.resume(mailing=row, by=sender),
        lambda row: mailings.cancel(mailing=row, by=sender),
    ]
    turns = iter(acts * 10)
    at_once(30, lambda: next(turns)(Mailing.objects.get(pk=mailing.pk)))
    mailing.refresh_from_db()
    assert mailing.state == MailingState.CANCELLED
    assert mailing.deliveries.filter(state=DeliveryState.CANCELLED).count() == 20
