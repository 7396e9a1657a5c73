"""What was heard is forgotten in two steps, and how many people it was stays right."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from newsletters.models import DeliveryEvent, Mailing, MailingList, TrackedLink
from newsletters.selectors import tracking as selector
from newsletters.selectors.tracking import Figures
from newsletters.services import old_events, retention
from newsletters.states import Heard
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
)
from worker.stopping import stopping

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WRITE, NEWS = "https://example.org/act/12", "https://example.org/news"


def heard(mail, *, link=None, at=NOON, by_machine=False):
    return DeliveryEvent.objects.create(
        delivery=mail,
        contact=mail.contact,
        mailing=mail.mailing,
        kind=Heard.CLICKED if link else Heard.OPENED,
        link=link,
        by_machine=by_machine,
        happened_at=at,
    )


def due():
    return {standing.rule.name: standing.due for standing in retention.dry_run()}


def test_after_a_day_only_the_day_is_known():
    mail = DeliveryFactory()
    old = heard(mail, at=datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC))
    older = heard(DeliveryFactory(), at=datetime(2026, 10, 2, 0, 0, 1, tzinfo=UTC))
    fresh = heard(DeliveryFactory(), at=NOON - timedelta(hours=23))
    with time_machine.travel(NOON, tick=False):
        assert due()["event_moments"] == 2
        assert old_events.forget_moments() == 2
        assert due()["event_moments"] == old_events.forget_moments() == 0
    kept = dict(DeliveryEvent.objects.values_list("pk", "happened_at"))
    assert kept[old.pk] == datetime(2026, 11, 20, tzinfo=UTC)
    assert kept[older.pk] == datetime(2026, 10, 2, tzinfo=UTC)
    assert kept[fresh.pk] == fresh.happened_at


@pytest.fixture
def over(monkeypatch):
    """A mailing that ended 91 days ago: four people, of whom one has two mails and one is none."""
    monkeypatch.setattr(old_events, "CHUNK", 2)
    ended = timezone.now() - timedelta(days=91)
    mailing = MailingFactory(finished_at=ended, counts_opens=True, counts_clicks=True)
    write, news = (TrackedLink.objects.create(mailing=mailing, url=url) for url in (WRITE, NEWS))
    mails = [DeliveryFactory(mailing=mailing, contact=ContactFactory()) for _ in range(4)]
    twice = DeliveryFactory(mailing=mailing, contact=ContactFactory())
    # As after a merge: both mails are hers, one of them by another's row.
    DeliveryEvent.objects.create(
        delivery=twice,
        contact=mails[0].contact,
        mailing=mailing,
        kind=Heard.OPENED,
        happened_at=NOON,
    )
    for mail in mails[:3]:
        heard(mail)
        heard(mail, link=write)
    heard(mails[0], link=news)
    heard(mails[3], by_machine=True)
    heard(mails[3], link=write, by_machine=True)
    return mailing


def test_after_ninety_days_the_sums_are_what_the_rows_were(over):
    other = heard(DeliveryFactory(mailing=MailingFactory(finished_at=timezone.now())))
    before = selector.figures(over)
    assert before == Figures(3, 3, 1, [(WRITE, 3), (NEWS, 1)])
    assert due()["events"] == 10
    # Stopped after any chunk, it counts nobody twice and loses nobody.
    while True:
        over.refresh_from_db()
        now = selector.figures(over)
        assert (now.opened, now.clicked, now.links) == (3, 3, before.links)
        if not any(old_events._sum_up(over, kind) for kind in Heard):
            break
    assert old_events.forget() == 0
    assert DeliveryEvent.objects.get() == other


def test_a_mailing_that_never_ends_is_forgotten_ninety_days_after_it_began(over):
    Mailing.objects.update(finished_at=None, started_at=over.finished_at)
    assert old_events.forget() == 10


def test_stopping_leaves_the_rest_for_the_next_run(over):
    stopping.set()
    try:
        assert old_events.forget() == 0
    finally:
        stopping.clear()
    assert old_events.forget() == 10
    over.refresh_from_db()
    assert (over.opened_total, over.clicked_total) == (3, 3)


def test_what_is_left_of_a_sensitive_list_goes_at_once():
    sensitive = MailingFactory(lists=[MailingListFactory()])
    heard(DeliveryFactory(mailing=sensitive))
    heard(DeliveryFactory(mailing=MailingFactory(lists=[MailingListFactory()])))
    MailingList.objects.filter(mailings=sensitive).update(is_sensitive=True)
    assert due()["sensitive_events"] == 1
    assert retention.prune()["sensitive_events"] == 1
    assert DeliveryEvent.objects.exclude(mailing=sensitive).count() == 1
