"""The report of a mailing: every person counted once, in few queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from newsletters.selectors import reports
from newsletters.states import DeliveryState, MailingState, SkipReason, SubscriptionState
from tests.factories.newsletters import (
    DeliveryFactory,
    MailingFactory,
    MailingVersionFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailing():
    made = MailingFactory(state=MailingState.SENDING, started_at=timezone.now(), total=10)
    now = timezone.now()
    rows: list[dict[str, Any]] = [
        {"state": DeliveryState.ACCEPTED, "accepted_at": now},
        {"state": DeliveryState.ACCEPTED, "accepted_at": now},
        {"state": DeliveryState.ACCEPTED, "accepted_at": now - timedelta(hours=1)},
        {"state": DeliveryState.REFUSED, "last_code": "550 5.1.1"},
        {"state": DeliveryState.REFUSED, "last_code": "550 5.7.1"},
        {"state": DeliveryState.REFUSED, "last_code": "552 5.2.2"},
        {"state": DeliveryState.SKIPPED, "reason": SkipReason.UNSUBSCRIBED},
        {"state": DeliveryState.READY, "last_code": "450 4.7.1"},
        {"state": DeliveryState.CLAIMED},
        {"state": DeliveryState.UNSURE},
    ]
    for row in rows:
        DeliveryFactory(mailing=made, **row)
    DeliveryFactory(state=DeliveryState.ACCEPTED)
    return made


def test_progress_is_four_queries_and_adds_up(mailing, django_assert_num_queries):
    with django_assert_num_queries(4):
        now = reports.progress(mailing)
    assert now.of(DeliveryState.ACCEPTED) == 3
    assert now.to_go == 2
    assert now.last_minute == 2
    assert now.retrying == 1
    assert now.minutes_left == 1
    assert now.rows == now.total == 10
    assert now.is_proved


def test_every_cause_is_counted_and_leads_to_its_people(mailing):
    causes = {cause.key: cause.people for cause in reports.progress(mailing).causes}
    assert causes == {"mailbox": 1, "provider": 1, "full": 1, "unsubscribed": 1}
    for key, people in causes.items():
        assert reports.people(mailing, None, key).count() == people


def test_the_people_of_a_state_are_found(mailing):
    assert reports.people(mailing, DeliveryState.ACCEPTED, "").count() == 3
    assert reports.people(mailing, None, "").count() == 10
    assert reports.unsure(mailing).count() == 1


def test_time_left_is_unknown_when_nothing_leaves(mailing):
    mailing.deliveries.filter(state=DeliveryState.ACCEPTED).update(
        accepted_at=timezone.now() - timedelta(hours=1)
    )
    assert reports.progress(mailing).minutes_left is None


def test_who_left_after_getting_it_is_counted_and_nobody_else(mailing):
    rows = list(mailing.deliveries.filter(state=DeliveryState.ACCEPTED))
    hour = timedelta(hours=1)
    for row, when in zip(rows, (hour, -2 * hour, None), strict=True):
        SubscriptionFactory(
            contact=row.contact,
            mailing_list=row.mailing_list,
            state=SubscriptionState.UNSUBSCRIBED if when else SubscriptionState.ACTIVE,
            unsubscribed_at=timezone.now() + when if when else None,
        )
    assert reports.left_since(mailing) == 1


def test_which_version_each_got(mailing):
    first = MailingVersionFactory(mailing=mailing, number=1)
    second = MailingVersionFactory(mailing=mailing, number=2)
    accepted = mailing.deliveries.filter(state=DeliveryState.ACCEPTED)
    accepted.update(version=first)
    accepted.filter(pk=accepted.first().pk).update(version=second)
    assert reports.versions(mailing) == [(first, 2), (second, 1)]
