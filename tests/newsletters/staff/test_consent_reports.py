"""Consent that can be proved: which words, which door, when, and withdrawn when."""

import csv
from datetime import UTC, datetime, timedelta

import pytest

from newsletters.addresses import parse
from newsletters.exports import restore
from newsletters.models import ActKind, ConsentAct, ConsentEvent, StaffAct
from newsletters.resources.consent_reports import ConsentResource
from newsletters.resources.tables import WATERMARK
from newsletters.selectors import consent_reports
from newsletters.services import addresses, consent, erasure, subscriptions
from newsletters.services.consent import Door
from tests.factories.newsletters import (
    ContactFactory,
    MailingListFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def letters():
    return MailingListFactory(name="Letters", slug="letters")


def agree(contact, mailing_list, text="Yes, write to me.", method="subscribe form", at=None):
    wording = consent.wording(purpose="form", language="en", text=text) if text else None
    event = consent.record(
        contact=contact,
        act=ConsentAct.GRANTED,
        door=Door(method, wording, "consent"),
        mailing_list=mailing_list,
    )
    happened = at or event.happened_at - timedelta(seconds=1)
    ConsentEvent.objects.filter(pk=event.pk).update(happened_at=happened)
    return wording


def test_the_report_counts_by_wording_month_and_door_in_few_queries(
    letters, django_assert_max_num_queries
):
    march, april = datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 4, 9, tzinfo=UTC)
    people = ContactFactory.create_batch(4)
    first = agree(people[0], letters, at=march)
    agree(people[1], letters, at=april)
    second = agree(people[2], letters, text="Yes, once a week.", method="import 7", at=april)
    agree(people[3], letters, text="", method="staff", at=april)
    agree(people[3], MailingListFactory(), at=april)
    for person in people[:2]:
        SubscriptionFactory(contact=person, mailing_list=letters)
    subscriptions.leave(contact=people[0], lists=[letters], method="one-click")
    subscriptions.leave_everything(contact=people[2], method="unsubscribe page")
    with django_assert_max_num_queries(4):
        chapters = consent_reports.chapters(letters)
    assert [chapter.wording for chapter in chapters] == [second, first, None]
    told = [
        (f"{line.month:%Y-%m}", line.door, line.agreed, line.withdrawn)
        for chapter in chapters
        for line in chapter.lines
    ]
    assert told == [
        ("2026-04", "import 7", 1, 1),
        ("2026-04", "subscribe form", 1, 0),
        ("2026-03", "subscribe form", 1, 1),
        ("2026-04", "staff", 1, 0),
    ]


def test_the_table_has_a_line_for_each_consent_and_of_the_forgotten_a_fingerprint(client, letters):
    stays, moved = ContactFactory(email="=stays@example.org"), ContactFactory()
    key = moved.address_key
    wording = agree(stays, letters)
    agree(moved, letters)
    addresses.change(contact=moved, address=parse("moved@example.net"), by=None)
    erasure.erase(contact=moved)
    by = UserFactory(permissions=["newsletters.export_contact", "newsletters.view_mailinglist"])
    client.force_login(by)
    assert "1 of these consents" in client.get(f"/staff/lists/{letters.pk}/consents/").text
    table = f"/staff/lists/{letters.pk}/consents/table/"
    assert client.get(table).status_code == 405
    answer = client.post(table)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    head, one, other = list(csv.reader(text.splitlines()))
    assert head == [*ConsentResource().get_export_headers(), WATERMARK]
    assert one[-1] == other[-1] == f"consents {letters.pk}, {datetime.now(UTC):%Y-%m-%d}, {by}"
    assert restore(one[0]) == stays.email != one[0]
    assert one[1] == one[8] == ""
    assert one[3:8] == [str(wording.pk), "en", "1", "subscribe form", "consent"]
    assert other[:2] == ["", key]
    assert other[8] > other[2]
    act = StaffAct.objects.get(kind=ActKind.EXPORTED)
    assert (act.by, act.details) == (by, {"list": letters.pk})


def test_who_may_read_lists_sees_the_sums_and_takes_nothing_out(client, letters):
    client.force_login(UserFactory(permissions=["newsletters.view_mailinglist"]))
    page = client.get(f"/staff/lists/{letters.pk}/consents/")
    assert "Nobody has agreed" in page.text
    assert client.post(f"/staff/lists/{letters.pk}/consents/table/").status_code == 403
