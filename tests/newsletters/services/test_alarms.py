"""Alarms: raised once, told to everybody on the staff, gone when it is over."""

import threading

import pytest
from django.db import connection
from structlog.testing import capture_logs

from newsletters.models import Alarm, Mailing
from newsletters.selectors.alarms import STEPS, open_
from newsletters.services import alarms
from newsletters.states import AlarmKind
from tests.factories.newsletters import UserFactory

RELAY = {"transport": "relay", "reason": "it refused our password"}


@pytest.mark.django_db
def test_an_alarm_is_new_once_and_cleared_once():
    with capture_logs() as lines:
        again = [
            alarms.raise_(key="transport:relay", kind=AlarmKind.TRANSPORT, details=RELAY)
            for _ in range(3)
        ]
    assert again == [True, False, False]
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["alarm_raised"]
    assert Alarm.objects.count() == 1

    assert alarms.clear(key="transport:relay")
    assert not alarms.clear(key="transport:relay")
    assert open_() == []
    assert alarms.raise_(key="transport:relay", kind=AlarmKind.TRANSPORT, details=RELAY)


@pytest.mark.django_db
def test_a_second_raise_tells_what_is_wrong_now():
    for reason in ("it does not answer", "it refused our password"):
        details = {"transport": "relay", "reason": reason}
        alarms.raise_(key="transport:relay", kind=AlarmKind.TRANSPORT, details=details)

    (found,) = open_()

    assert "it refused our password" in found.sentence


@pytest.mark.django_db
def test_an_alarm_nobody_could_read_is_refused():
    with pytest.raises(KeyError):
        alarms.raise_(key="transport:relay", kind=AlarmKind.TRANSPORT, details={})
    with pytest.raises(ValueError, match="fire"):
        alarms.raise_(key="transport:relay", kind="fire", details=RELAY)
    assert not Alarm.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_raise_at_once_one_is_the_first():
    gate = threading.Barrier(10)
    heard: list[bool] = []

    def shout() -> None:
        try:
            gate.wait(10)
            heard.append(
                alarms.raise_(key="transport:relay", kind=AlarmKind.TRANSPORT, details=RELAY)
            )
        finally:
            connection.close()

    people = [threading.Thread(target=shout) for _ in range(10)]
    for person in people:
        person.start()
    for person in people:
        person.join(30)

    assert sorted(heard) == [False] * 9 + [True]
    assert Alarm.objects.count() == 1


@pytest.mark.django_db
def test_every_kind_says_what_to_do():
    assert set(STEPS) == set(AlarmKind)


@pytest.mark.django_db
def test_every_staff_page_shows_what_is_wrong_and_no_public_page_does(client, organiser):
    mailing = Mailing.objects.create(name="A letter for Karsh")
    details = {"mailing": mailing.pk, "total": 312, "rows": 311}
    alarms.raise_(key=f"unproved:{mailing.pk}", kind=AlarmKind.UNPROVED, details=details)
    client.force_login(organiser)

    for address in ("/staff/", "/staff/mailings/", f"/staff/mailings/{mailing.pk}/"):
        page = client.get(address).text
        assert "“A letter for Karsh” has 312 mails in its total and 311 in its list." in page
        assert "Do not send it again." in page
        assert f'href="/staff/mailings/{mailing.pk}/"' in page
    assert "312" not in client.get("/").text
    assert "312" not in client.get("/staff/login/").text

    client.force_login(UserFactory(permissions=()))
    page = client.get("/staff/").text
    assert "312 mails in its total" in page
    assert f'href="/staff/mailings/{mailing.pk}/"' not in page


@pytest.mark.django_db
def test_a_row_of_another_version_of_the_program_breaks_no_page(client, organiser):
    Alarm.objects.create(key="old", kind="of_old_days", details={})
    Alarm.objects.create(key="transport:relay", kind=AlarmKind.TRANSPORT, details={})
    Alarm.objects.create(key="unproved:1", kind=AlarmKind.UNPROVED, details={"mailing": 1})
    client.force_login(organiser)

    page = client.get("/staff/").text

    assert "“?” takes no mail" in page
    assert "“1” has ? mails" in page


@pytest.mark.django_db
def test_alarms_cost_two_queries_however_many_there_are(django_assert_num_queries):
    for number in range(20):
        details = {"mailing": number, "total": 1, "rows": 2}
        alarms.raise_(key=f"unproved:{number}", kind=AlarmKind.UNPROVED, details=details)

    with django_assert_num_queries(2):
        assert len(open_()) == 5
