"""The nightly proof: a lost row is seen and told to everybody until it is back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from newsletters import tasks
from newsletters.models import Alarm, Delivery, Mailing, Pulse
from newsletters.services import proof
from newsletters.states import DeliveryState, MailingState
from tests.factories.newsletters import DeliveryFactory, MailingFactory

pytestmark = pytest.mark.django_db


def mailing(rows: int, **fields) -> Mailing:
    made = MailingFactory(
        **{"state": MailingState.SENDING, "started_at": timezone.now(), "total": rows, **fields}
    )
    states = list(DeliveryState)
    for number in range(rows):
        DeliveryFactory(mailing=made, state=states[number % len(states)])
    return made


def by_hand(statement: str, *values: int) -> None:
    """What no code of ours does."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM newsletters_delivery WHERE id = %s",
        "UPDATE newsletters_delivery SET state = 99 WHERE id = %s",
    ],
)
def test_a_lost_row_is_an_alarm_with_both_numbers_until_it_is_back(damage, client, organiser):
    hurt, whole = mailing(8), mailing(3)
    row = hurt.deliveries.earliest("pk")
    assert proof.prove() == 0

    by_hand(damage, row.pk)
    tasks.prove()

    client.force_login(organiser)
    page = client.get("/staff/mailings/").text
    assert f"“{hurt.name}” has 8 mails in its total and 7 in its list." in page
    assert f"“{whole.name}” has" not in page
    assert [alarm.key for alarm in Alarm.objects.all()] == [f"unproved:{hurt.pk}"]

    Delivery(**{f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}).save()
    Pulse.objects.all().delete()
    tasks.prove()

    assert not Alarm.objects.exists()
    assert "in its list" not in client.get("/staff/mailings/").text


def test_the_alarm_says_the_newest_numbers():
    hurt = mailing(8)
    for left in (7, 6):
        by_hand("DELETE FROM newsletters_delivery WHERE id = %s", hurt.deliveries.earliest("pk").pk)
        assert proof.prove() == 1
        assert Alarm.objects.get().details == {"mailing": hurt.pk, "total": 8, "rows": left}


@pytest.mark.parametrize(
    "fields",
    [
        {"state": MailingState.EXPANDING, "started_at": None},
        {"state": MailingState.PAUSED, "started_at": None},
        {
            "state": MailingState.SENT,
            "finished_at": timezone.now() - timedelta(days=31),
        },
    ],
)
def test_a_half_made_list_and_what_is_long_over_are_not_counted(fields):
    mailing(3, **fields)
    Mailing.objects.update(total=5)
    assert proof.prove() == 0


def test_what_was_found_wrong_is_counted_until_it_is_right():
    found = mailing(3, state=MailingState.SENT, finished_at=timezone.now() - timedelta(days=29))
    Mailing.objects.update(total=5)
    assert proof.prove() == 1
    Mailing.objects.update(finished_at=timezone.now() - timedelta(days=40))
    assert proof.prove() == 1
    Mailing.objects.filter(pk=found.pk).update(total=3)
    assert proof.prove() == 0
    assert not Alarm.objects.exists()


def test_many_mailings_cost_as_many_queries_as_one(django_assert_num_queries):
    for _ in range(12):
        mailing(4)
    with django_assert_num_queries(3):
        assert proof.prove() == 0
