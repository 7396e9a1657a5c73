"""Limits an hour and a day, warm-up and throttle: never passed, by any number of processes."""

import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError, close_old_connections, connection
from django.utils import timezone

from newsletters.models import (
    Allowance,
    Claim,
    Delivery,
    DeliveryBody,
    Mailing,
    SenderDomain,
    Transport,
)
from newsletters.sending import carriers, claims, engine, journal, sweeper, transports
from newsletters.sending.carriers import Carrier
from newsletters.sending.claims import BATCH, Owner, Taken
from newsletters.sending.journal import Life
from newsletters.services import allowances, retention, throttle, warm_up
from newsletters.services.outgoing import Recipient, store
from newsletters.states import DeliveryState, Lane
from tests.infra.sink_script import Limit
from tests.sink import Sink
from tests.stories import half_sent, states

OWNER = Owner("worker", "host")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def main_carrier(**limits: int) -> Carrier:
    """The main transport with these limits."""
    row = transports.rows()[0]
    for name, most in limits.items():
        setattr(row, name, most)
    row.save()
    return carriers.carriers([row])[row.pk]


def take(carrier: Carrier, lane: Lane = Lane.BULK) -> Taken | None:
    """One claim."""
    return claims.take(lane, OWNER, carrier)


def count(taken: Taken | None) -> int:
    """Rows of a claim."""
    return len(taken.rows) if taken else 0


def make_single(address: str = "a@example.org") -> None:
    """Somebody waits for a confirmation."""
    body = DeliveryBody(subject="Please confirm", text="One.", html="<p>One.</p>")
    store(kind="newsletters.confirm_subscription", to=Recipient(address), body=body)


@pytest.mark.django_db
def test_an_hours_limit_makes_the_claim_smaller_and_the_next_hour_begins_anew() -> None:
    half_sent(BATCH[Lane.BULK] + 60)
    carrier = main_carrier(per_hour=210)
    with time_machine.travel(NOON, tick=False) as clock:
        Delivery.objects.update(due_at=NOON)
        # A twentieth stays free for people who wait for a confirmation.
        assert [count(take(carrier)) for _ in range(3)] == [200, 0, 0]
        assert not Claim.objects.exclude(deliveries__isnull=False).exists()
        clock.move_to(NOON + timedelta(minutes=59, seconds=59))
        assert take(carrier) is None
        clock.move_to(NOON + timedelta(hours=1))
        assert count(take(carrier)) == 60


@pytest.mark.django_db
def test_a_confirmation_goes_although_the_bulk_has_used_up_its_part() -> None:
    half_sent(60)
    carrier = main_carrier(per_hour=40)
    make_single()
    assert count(take(carrier)) == 38
    assert take(carrier) is None
    assert count(take(carrier, Lane.NOW)) == 1
    for _ in range(3):
        make_single()
    assert count(take(carrier, Lane.NOW)) == 1, "and not one more than the relay allows"


@pytest.mark.django_db
def test_what_was_not_handed_over_is_given_back() -> None:
    mailing = half_sent(30)
    Mailing.objects.update(per_hour=600)
    carrier = main_carrier(per_hour=1000, per_day=20)
    taken = take(carrier)
    assert taken is not None
    # A burst is a minute's worth, 10 of 600 an hour.
    assert count(taken) == 10
    assert set(Allowance.objects.values_list("used", flat=True)) == {10}
    planned = Mailing.objects.get().next_at
    assert planned is not None
    Delivery.objects.filter(pk__in=[row.pk for row in taken.rows[:4]]).update(
        state=DeliveryState.ACCEPTED, claim=None
    )
    claims.release(taken.claim)
    assert set(Allowance.objects.values_list("used", flat=True)) == {4}
    assert Mailing.objects.get().next_at == planned - 6 * timedelta(seconds=6)
    assert states(mailing) == {DeliveryState.ACCEPTED: 4, DeliveryState.READY: 26}


@pytest.mark.django_db
def test_the_sweeper_gives_back_what_a_dead_worker_had_reserved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    half_sent(5)
    assert count(take(main_carrier(per_day=50))) == 5
    monkeypatch.setattr(journal, "life", lambda _worker: Life.DEAD)
    assert sweeper.sweep() == 1
    assert Allowance.objects.get().used == 0


@pytest.mark.django_db(transaction=True)
def test_both_lanes_share_the_limit_a_second_and_confirmations_go_first(relay: Sink) -> None:
    transports.rows()
    Transport.objects.update(per_second=20)
    # The relay lets no more pass than that, but for what comes a little late.
    limit = Limit(per_second=24)
    relay.script.limits = [limit]
    half_sent(70)

    def send_bulk() -> None:
        engine.run(Lane.BULK)
        connection.close()

    bulk = threading.Thread(target=send_bulk)
    began = time.monotonic()
    bulk.start()
    while len(relay.accepted()) < 10:
        assert time.monotonic() < began + 20
        time.sleep(0.02)
    for number in range(25):
        make_single(f"a{number}@example.net")
    before = len(relay.accepted())
    assert engine.run(Lane.NOW) == 25
    between = len(relay.accepted()) - before - 25
    bulk.join(30)
    assert (limit.taken, limit.refused) == (95, 0)
    assert time.monotonic() - began >= 94 / 20 - 0.5
    # Half a second of the mailing may be ahead of them; with equal rights twenty had gone.
    assert between <= 12


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_pass_a_limit() -> None:
    """Threads with connections of their own; a batch is far more than what is left each time."""
    half_sent(400)
    carrier = main_carrier(per_hour=150, per_day=120)
    Mailing.objects.update(per_hour=None)
    got: list[int] = []
    start = threading.Barrier(6)

    def work() -> None:
        start.wait()
        for _ in range(4):
            try:
                taken = claims.take(Lane.BULK, OWNER, carrier)
            except OperationalError:
                # SQLite's writers wait for each other only so long.
                continue
            got.append(count(taken))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    close_old_connections()
    claimed = Delivery.objects.filter(state=DeliveryState.CLAIMED).count()
    assert sum(got) == claimed == 114
    assert dict(Allowance.objects.values_list("key", "used")) == {
        "transport:main:hour": 114,
        "transport:main:day": 114,
    }


@pytest.mark.django_db
def test_what_was_used_of_a_limit_long_ago_is_forgotten() -> None:
    now = timezone.now()
    for days in (0, 7, 9):
        Allowance.objects.create(
            key="transport:main:day", began_at=allowances.day_of(now - timedelta(days=days))
        )
    assert retention.prune()["allowances"] == 1
    assert Allowance.objects.count() == 2


# Warm-up -------------------------------------------------------------------------
def test_the_warm_up_plan_grows_every_day_and_ends_after_three_weeks() -> None:
    begun = date(2026, 11, 2)
    plan = [warm_up.allowed(begun, begun + timedelta(days=day)) for day in range(22)]
    assert plan[:5] == [50, 100, 200, 400, 800]
    assert plan[20] == 480_000
    assert plan[21] is None
    grown = [more for more in plan if more is not None]
    assert grown == sorted(set(grown))
    assert warm_up.allowed(begun, begun - timedelta(days=3)) == 50
    assert warm_up.allowed(None, begun) is None


@pytest.mark.django_db
def test_a_mailing_bigger_than_todays_warm_up_goes_on_tomorrow_by_itself() -> None:
    half_sent(170)
    SenderDomain.objects.create(domain="testserver", warm_up_from=NOON.date())
    carrier = main_carrier()
    with time_machine.travel(NOON, tick=False) as clock:
        Delivery.objects.update(due_at=NOON)
        assert [count(take(carrier)) for _ in range(2)] == [50, 0]
        clock.move_to(NOON + timedelta(days=1))
        assert [count(take(carrier)) for _ in range(2)] == [100, 0]
        clock.move_to(NOON + timedelta(days=2))
        assert count(take(carrier)) == 20


# Throttle ------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_throttled_mailing_keeps_its_pace_over_hours() -> None:
    half_sent(900)
    Mailing.objects.update(per_hour=300)
    carrier = main_carrier()
    with time_machine.travel(NOON, tick=False) as clock:
        Delivery.objects.update(due_at=NOON)
        hours = []
        for hour in range(2):
            went = 0
            for seconds in range(0, 3600, 20):
                clock.move_to(NOON + timedelta(hours=hour, seconds=seconds))
                while taken := take(carrier):
                    went += count(taken)
            hours.append(went)
    # The first hour begins with the burst of a minute.
    assert hours == [303, 300]


@pytest.mark.django_db
def test_a_throttled_mailing_is_no_reason_to_spin() -> None:
    half_sent(2)
    Mailing.objects.update(per_hour=7200, next_at=timezone.now() + timedelta(seconds=59))
    mailing = Mailing.objects.get()
    now = timezone.now()
    assert throttle.grant(mailing, now) == 0, "not worth a claim before ten can go"
    assert claims.take(Lane.BULK, OWNER) is None
    assert throttle.grant(mailing, now + timedelta(seconds=5)) == 12


@pytest.mark.django_db
def test_a_stale_look_at_a_throttle_or_limit_wins_nothing() -> None:
    mailing = half_sent(1)
    Mailing.objects.update(per_hour=60)
    mailing.refresh_from_db()
    assert throttle.use(mailing, 1, NOON)
    assert not throttle.use(mailing, 1, NOON)
    limit = allowances.Limit("transport:main:day", allowances.day_of(NOON), 3)
    assert allowances.reserve([limit], 2)
    assert not allowances.reserve([limit], 2)
    assert allowances.room([limit]) == 1
