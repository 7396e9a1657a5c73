"""Buttons about people nobody can count in time: they act all the same, and no page hangs."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import partial
from threading import Timer

import psycopg
import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from newsletters import local_times
from newsletters.errors import MailingRefused
from newsletters.models import BulkChange, BulkState, ContactTag, Export, Segment, StaffAct
from newsletters.selectors import people
from newsletters.services import bulk, exports, pacing
from newsletters.states import Clock, MailingState
from tests.factories.newsletters import (
    ContactFactory,
    MailingFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
UNTAGGED = {"all": [{"condition": "tag", "operator": "none", "value": []}]}
Slow = Callable[[], AbstractContextManager[None]]


@contextmanager
def tags_are_held() -> Iterator[None]:
    """Whoever asks PostgreSQL about somebody's tags waits. A page that hangs ends, and fails."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute(f"LOCK TABLE {ContactTag._meta.db_table} IN ACCESS EXCLUSIVE MODE")
        hangs = Timer(20, other.rollback)
        hangs.start()
        yield
        assert hangs.is_alive(), "the page hung"
        hangs.cancel()
        other.rollback()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """``with slow():`` counting takes too long; on SQLite any question with a limit does."""

    @contextmanager
    def held() -> Iterator[None]:
        with monkeypatch.context() as patch:
            for module in (people, pacing):
                patch.setattr(module, "PATIENCE_S", 0.3 if on_postgres else -1.0)
            patch.setattr("newsletters.selectors.patience.STEPS", 1)
            if not on_postgres:
                yield
                return
            with tags_are_held():
                yield

    on_postgres = connection.vendor == "postgresql"
    return held


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(UserFactory(is_superuser=True))
    return client


@pytest.fixture
def untagged() -> Segment:
    """A segment of three people."""
    ContactFactory.create_batch(3)
    return Segment.objects.create(name="Untagged", rule=UNTAGGED)


def test_a_change_begins_without_a_number_and_ends_with_one(
    staff: Client, untagged: Segment, slow: Slow
) -> None:
    asked = {"kind": "set_field", "who": "all", "segment": untagged.pk, "look": "1"}
    said = {"do-field": "language", "do-value": "German"}
    with slow():
        answer = staff.post("/staff/people/changes/new/", asked | said, follow=True)
    assert "0 people so far" in answer.text
    change = BulkChange.objects.get()
    assert (change.state, change.total) == (BulkState.WAITING, 0)
    assert StaffAct.objects.get().details == {"change": change.pk, "act": "set_field"}
    bulk.run(change_id=change.pk)
    assert "3 of 3" in staff.get(f"/staff/people/changes/{change.pk}/").text


def test_a_table_is_left_to_the_worker_who_finds_out_whether_it_fits(
    staff: Client, untagged: Segment, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"who": "all", "segment": untagged.pk}
    with slow():
        for written_as in ("csv", "xlsx"):
            answer = staff.post(
                "/staff/people/exports/new/", asked | {"format": written_as}, follow=True
            )
            assert "0 people so far" in answer.text
    monkeypatch.setattr(exports, "XLSX_ROWS", 2)
    fits, too_large = Export.objects.order_by("pk")
    for export in (fits, too_large):
        exports.run(export_id=export.pk)
        export.refresh_from_db()
    assert (fits.state, fits.done, fits.total) == (BulkState.DONE, 3, 3)
    assert too_large.state == BulkState.FAILED
    assert "Take CSV instead" in staff.get(f"/staff/people/exports/{too_large.pk}/").text


def test_a_mailing_by_the_readers_clocks_begins_no_later_than_their_first_morning(
    organiser: User, slow: Slow
) -> None:
    mailing = MailingFactory(state=MailingState.APPROVED, audience_rule=UNTAGGED)
    mailing.lists.add(SubscriptionFactory(contact__time_zone="Asia/Tokyo").mailing_list)
    over, ahead = map(datetime.fromisoformat, ("2027-03-28T16:00", "2027-03-30T09:00"))
    start = partial(
        pacing.schedule, mailing=mailing, by=organiser, pace=pacing.Pace(clock=Clock.READER)
    )
    with time_machine.travel(datetime(2027, 3, 28, 12, 0, tzinfo=UTC), tick=False), slow():
        with pytest.raises(MailingRefused, match="too long to find out where your readers live"):
            start(moment=local_times.read(over, "Europe/Vienna"))
        start(moment=local_times.read(ahead, "Europe/Vienna"))
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SCHEDULED
    assert mailing.scheduled_at is not None
    assert mailing.scheduled_at <= datetime(2027, 3, 30, 0, 0, tzinfo=UTC)
