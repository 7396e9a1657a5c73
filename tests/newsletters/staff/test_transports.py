"""The pages about ways out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletters.errors import ListRefused
from newsletters.models import Allowance, ReceiverPace, SenderDomain, Transport
from newsletters.sending import transports
from newsletters.services import allowances, lists
from newsletters.services.lists import Details
from newsletters.states import TransportState
from tests.factories.newsletters import UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/staff/transports/"
SECOND = {"second": "smtp://me:hunter2@relay.example.org:587"}
PLAN = {"weight": "3", "per_second": "20", "per_hour": "1000", "per_day": ""}


@pytest.fixture
def staff(client):
    client.force_login(UserFactory(permissions=["newsletters.change_transport"]))
    return client


@pytest.fixture
def ways(settings):
    """The outbox and a relay."""
    settings.MAIL_TRANSPORTS = SECOND
    return {row.name: row for row in transports.rows()}


def test_only_who_may_change_them_sees_the_ways_out(client, ways):
    client.force_login(UserFactory(permissions=["newsletters.view_mailing"]))
    for path in ("", f"{ways['main'].pk}/"):
        assert client.get(PAGE + path).status_code == 403
    for path in (f"{ways['main'].pk}/try/", "paces/1/forget/"):
        assert client.post(PAGE + path).status_code == 403


def test_looking_makes_no_row_before_a_worker_does(staff):
    text = staff.get(PAGE).text
    assert "“main” stands in the settings." in text
    assert "None at the moment." in text
    assert not Transport.objects.exists()


def test_each_way_with_its_share_and_use_and_no_password(
    staff, ways, django_assert_max_num_queries
):
    Transport.objects.filter(name="second").update(
        weight=3, per_hour=1000, per_day=5000, smtputf8=False
    )
    Transport.objects.create(name="gone", reason="not declared any more")
    now = timezone.now()
    for key, began_at, used in (
        ("transport:second:hour", allowances.hour_of(now), 412),
        ("transport:second:day", allowances.day_of(now), 5000),
    ):
        Allowance.objects.create(key=key, began_at=began_at, used=used)
    with django_assert_max_num_queries(14):
        text = staff.get(PAGE).text
    assert "75 % of the mail" in text
    assert "relay.example.org" in text
    assert "412 of 1,000 used this hour" in text
    assert "Mailings go on at 00:00 by themselves." in text
    assert text.count("It does not take addresses with letters such as ö") == 1
    assert "hunter2" not in text
    assert "gone" not in text
    assert staff.get(f"{PAGE}{Transport.objects.get(name='gone').pk}/").status_code == 404


def test_a_resting_way_says_why_and_when_and_can_be_tried_now(staff, ways, rung):
    for _ in range(2):
        Transport.objects.filter(name="second").update(retry_at=None)
        transports.note_trouble("auth: 535 no such user", name="second")
    text = staff.get(PAGE).text
    assert "Resting" in text
    assert "It is tried again by itself at" in text
    assert "It failed 2 times in a row." in text
    assert "auth: 535 no such user" in text
    assert [route.name for route in transports.routes()] == ["main"]
    answer = staff.post(f"{PAGE}{ways['second'].pk}/try/", follow=True)
    assert "second is tried with the next mail" in answer.text
    assert [route.name for route in transports.routes()] == ["main", "second"]
    row = Transport.objects.get(name="second")
    assert (row.state, row.failures) == (TransportState.PAUSED, 2)
    again = staff.post(f"{PAGE}{row.pk}/try/", follow=True)
    assert "does not rest any more" in again.text


def test_share_limits_and_domains_are_kept(staff, ways):
    domain = SenderDomain.objects.create(domain="example.org")
    page = f"{PAGE}{ways['second'].pk}/"
    assert staff.get(page).status_code == 200
    staff.post(page, {**PLAN, "sender_domains": [domain.pk]})
    row = Transport.objects.get(name="second")
    assert (row.weight, row.per_second, row.per_hour, row.per_day) == (3, 20, 1000, None)
    assert list(row.sender_domains.all()) == [domain]
    main, second = transports.routes()
    assert not main.carrier.carries("example.org")
    assert main.carrier.carries("testserver")
    assert second.carrier.carries("example.org")
    assert not second.carrier.carries("testserver")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"weight": "-1"}, "greater than or equal to 0"),
        ({"weight": "many"}, "Write a whole number from 0 to 100."),
        ({"per_hour": "0"}, "Write 1 or more, or leave it empty for no limit."),
        ({"per_day": "1.5"}, "Write a whole number, or leave it empty for no limit."),
        ({"per_day": "9" * 30}, "less than or equal to"),
        # No row of a test ever has this number.
        ({"sender_domains": ["987654321"]}, "987654321"),
        ({"sender_domains": ["x\0"]}, "not"),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field_and_changes_nothing(staff, ways, typed, sentence):
    SenderDomain.objects.create(domain="example.org")
    answer = staff.post(f"{PAGE}{ways['second'].pk}/", {**PLAN, **typed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert Transport.objects.get(name="second").weight == 1


def test_our_own_mail_always_keeps_a_way_out(staff, ways):
    other = SenderDomain.objects.create(domain="example.org")
    own = SenderDomain.objects.create(domain="testserver")
    main, second = f"{PAGE}{ways['main'].pk}/", f"{PAGE}{ways['second'].pk}/"
    staff.post(second, {**PLAN, "sender_domains": [own.pk]})
    refused = staff.post(second, {**PLAN, "weight": "0", "sender_domains": [own.pk]})
    assert refused.status_code == 422
    assert "nothing would carry mail from testserver" in refused.text
    assert Transport.objects.get(name="second").weight == 3
    assert staff.post(main, {**PLAN, "weight": "0"}).status_code == 302
    refused = staff.post(second, {**PLAN, "sender_domains": [other.pk]})
    assert refused.status_code == 422
    assert list(Transport.objects.get(name="second").sender_domains.all()) == [own]


def test_a_list_with_a_sender_of_its_own_always_keeps_a_way_out(staff, ways):
    domains = [SenderDomain.objects.create(domain=name) for name in ("testserver", "lists.example")]
    staff.post(f"{PAGE}{ways['main'].pk}/", {**PLAN, "sender_domains": [domains[0].pk]})
    page, plan = f"{PAGE}{ways['second'].pk}/", {**PLAN, "sender_domains": [domains[0].pk]}
    Transport.objects.filter(name="second").update(weight=0)
    with pytest.raises(ListRefused, match=r"Nothing carries mail from lists\.example") as refused:
        lists.create(details=Details(name="Letters", sender_email="hello@lists.example"))
    assert refused.value.code == "sender_email"
    assert staff.post(page, {**PLAN, "sender_domains": [domains[1].pk]}).status_code == 302
    lists.create(details=Details(name="Letters", sender_email="hello@lists.example"))
    refused = staff.post(page, plan)
    assert refused.status_code == 422
    assert "nothing would carry mail from lists.example" in refused.text


def test_a_learned_pace_is_shown_and_can_be_forgotten(staff, ways):
    now = timezone.now()
    pace = ReceiverPace.objects.create(
        transport=ways["main"],
        domain="slow.example",
        per_second=0.5,
        slowed_at=now - timedelta(hours=1),
        reason="421 4.7.0 try again later",
    )
    text = staff.get(PAGE).text
    assert "slow.example" in text
    assert "0.50 a second" in text
    assert "421 4.7.0 try again later" in text
    answer = staff.post(f"{PAGE}paces/{pace.pk}/forget/", follow=True)
    assert "slow.example: full speed again" in answer.text
    assert not ReceiverPace.objects.exists()
    again = staff.post(f"{PAGE}paces/{pace.pk}/forget/", follow=True)
    assert "full speed already" in again.text
