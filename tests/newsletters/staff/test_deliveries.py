"""The report and its people: live figures, causes, the table to take along, the three buttons."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from newsletters.models import StaffAct
from newsletters.resources.tables import WATERMARK
from newsletters.states import DeliveryState, DoubtPolicy, MailingState, SkipReason
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    MailingTextFactory,
    MailingVersionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def installation(settings):
    settings.POSTAL_ADDRESS = "1 Square\nOrrin"
    cache.clear()


@pytest.fixture
def desk(client, organiser):
    client.force_login(organiser)
    return client


@pytest.fixture
def mailing():
    made = MailingFactory(
        lists=[MailingListFactory()],
        state=MailingState.SENDING,
        started_at=timezone.now(),
        total=7,
    )
    MailingTextFactory(mailing=made)
    version = MailingVersionFactory(mailing=made)
    soon = timezone.now() + timedelta(minutes=10)
    for row in (
        {"state": DeliveryState.ACCEPTED, "accepted_at": timezone.now()},
        {"state": DeliveryState.ACCEPTED, "accepted_at": timezone.now()},
        {"state": DeliveryState.READY},
        {"state": DeliveryState.REFUSED, "last_code": "550 5.1.1", "last_text": "no such user"},
        {"state": DeliveryState.SKIPPED, "reason": SkipReason.UNSUBSCRIBED},
        {"state": DeliveryState.UNSURE, "doubts": 1, "due_at": soon},
        {"state": DeliveryState.UNSURE, "doubts": 1, "due_at": soon},
    ):
        DeliveryFactory(mailing=made, version=version, **row)
    return made


def url(name, mailing):
    return reverse(f"staff:{name}", args=[mailing.pk])


def words(response):
    return " ".join(response.content.decode().split())


def unsure_rows(mailing):
    return list(mailing.deliveries.filter(state=DeliveryState.UNSURE).order_by("pk"))


def test_the_report_says_where_everybody_stands(desk, mailing):
    page = words(desk.get(url("mailing", mailing)))
    for sentence in (
        "to 7 people",
        "2 in the last minute",
        "about 1 minute left",
        "2 people may or may not have got it",
        "unless you decide otherwise",
        "No such mailbox",
        "left the list after the mailing was planned",
        "Nobody left the list",
    ):
        assert sentence in page
    assert "do not add up" not in page


def test_the_report_costs_the_same_for_few_and_many(desk, mailing, django_assert_max_num_queries):
    for _ in range(30):
        DeliveryFactory(mailing=mailing)
    with django_assert_max_num_queries(17):
        desk.get(url("mailing", mailing))


def test_figures_that_do_not_add_up_are_an_alarm(desk, mailing):
    mailing.deliveries.first().delete()
    page = words(desk.get(url("mailing", mailing)))
    assert "do not add up" in page
    assert "planned for 7 people and 6 are on record" in page


@pytest.mark.parametrize(
    ("state", "sentence", "button"),
    [
        (MailingState.EXPANDING, "The list of people is being made", "Pause"),
        (MailingState.SENDING, "Started", "Pause"),
        (MailingState.PAUSED, "Nothing leaves until", "Go on sending"),
        (MailingState.SENT, "Finished on", "Who got it?"),
        (MailingState.CANCELLED, "Nothing more of it leaves", "Who got it?"),
    ],
)
def test_every_state_has_its_sentence_and_its_button(state, sentence, button, desk, mailing):
    mailing.state = state
    mailing.save()
    page = words(desk.get(url("mailing", mailing)))
    assert sentence in page
    assert button in page


def test_the_live_part_reloads_the_page_when_the_state_has_changed(desk, mailing):
    page = url("mailing_progress", mailing)
    assert "still to go" in words(desk.get(page, {"state": "sending"}))
    mailing.state = MailingState.SENT
    mailing.save()
    assert desk.get(page, {"state": "sending"})["HX-Refresh"] == "true"
    assert "hx-get" not in words(desk.get(page, {"state": "sent"}))


def test_ten_watchers_cost_one_count(desk, mailing, django_assert_num_queries):
    page = url("mailing_progress", mailing)
    desk.get(page)
    # Session, user, own rights, the groups’ rights, mailing; its lists, whose sender it
    # may have; what it may wait for.
    with django_assert_num_queries(8):
        desk.get(page)


def test_pause_change_and_go_on_with_the_new_text(desk, mailing):
    desk.post(url("mailing_move", mailing), {"do": "pause"})
    text = reverse("staff:mailing_text", args=[mailing.pk, "en"])
    data = {"subject": "Mended", "block": ["b0:text"], "b0-html": "Please write.", "do": "next"}
    assert desk.post(text, data).url == url("mailing", mailing)
    assert "Give them the new text" in words(desk.get(url("mailing", mailing)))
    desk.post(url("mailing_move", mailing), {"do": "revise"})
    page = words(desk.get(url("mailing", mailing)))
    assert "Give them the new text" not in page
    assert "Which text each got" in page
    desk.post(url("mailing_move", mailing), {"do": "resume"})
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SENDING
    assert mailing.deliveries.get(state=DeliveryState.READY).version.number == 2


# People -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({}, 7),
        ({"state": "accepted"}, 2),
        ({"state": "unsure"}, 2),
        ({"reason": "mailbox"}, 1),
        ({"reason": "unsubscribed"}, 1),
        ({"state": "nonsense", "page": "x"}, 7),
        ({"reason": "' OR 1=1"}, 7),
    ],
)
def test_the_people_behind_every_number(asked, count, desk, mailing):
    response = desk.get(url("mailing_people", mailing), asked)
    assert response.context["page_obj"].paginator.count == count


def test_the_page_of_people_costs_few_queries(desk, mailing, django_assert_max_num_queries):
    for _ in range(40):
        DeliveryFactory(mailing=mailing)
    with django_assert_max_num_queries(9):
        desk.get(url("mailing_people", mailing))


def test_a_person_who_asked_to_be_forgotten_is_not_named(desk, mailing):
    row = mailing.deliveries.first()
    row.contact.delete()
    page = words(desk.get(url("mailing_people", mailing)))
    assert "forgotten at their wish" in page
    assert row.address not in page


def test_the_table_needs_the_right_to_take_people_out(desk, mailing):
    assert "Download" not in words(desk.get(url("mailing_people", mailing)))
    assert desk.post(url("mailing_people", mailing)).status_code == 403


def test_the_table_holds_everybody_and_no_formula(client, mailing):
    rights = ["newsletters.view_mailing", "newsletters.export_contact"]
    by = UserFactory(permissions=rights)
    client.force_login(by)
    person = ContactFactory(given_name="=HYPERLINK(1)", email="formula@example.org")
    DeliveryFactory(mailing=mailing, contact=person)
    response = client.post(url("mailing_people", mailing))
    assert StaffAct.objects.get().details == {"mailing": mailing.pk}
    assert "attachment" in response["Content-Disposition"]
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 8
    assert rows[-1]["given_name"] == "'=HYPERLINK(1)"
    today = timezone.now().date()
    assert rows[-1][WATERMARK] == f"mailing {mailing.pk}, {today}, {by.get_username()}"
    assert {row["state"] for row in rows} >= {"accepted", "refused", "unsure", "skipped", "ready"}


# In doubt -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("button", "state"),
    [
        ("arrived", DeliveryState.ACCEPTED),
        ("again", DeliveryState.READY),
        ("leave", DeliveryState.SKIPPED),
    ],
)
def test_one_mail_is_decided_by_its_own_button(button, state, desk, mailing):
    first, second = unsure_rows(mailing)
    response = desk.post(url("mailing_unsure", mailing), {"do": f"{button}:{first.pk}"})
    assert response.url.startswith(url("mailing_unsure", mailing))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (state, DeliveryState.UNSURE)


def test_all_that_are_ticked_are_decided_at_once(desk, mailing):
    rows = [row.pk for row in unsure_rows(mailing)]
    response = desk.post(
        url("mailing_unsure", mailing), {"do": "arrived", "row": rows}, follow=True
    )
    assert "2 mails count as arrived" in words(response)
    assert unsure_rows(mailing) == []


@pytest.mark.parametrize("button", ["arrived", "again", "leave"])
def test_all_on_every_page_are_decided_at_once_and_taken_back_at_once(button, desk, mailing):
    later = timezone.now() + timedelta(minutes=10)
    for _ in range(60):
        DeliveryFactory(mailing=mailing, state=DeliveryState.UNSURE, doubts=1, due_at=later)
    page = desk.get(url("mailing_unsure", mailing))
    assert "All 62, also those on the other pages" in words(page)
    hidden = {name: page.context[name] for name in ("until",)}
    hidden["shown"] = page.context["page_obj"].paginator.count

    page = desk.post(url("mailing_unsure", mailing), {"do": f"{button}:all", **hidden}, follow=True)
    assert unsure_rows(mailing) == []
    assert "62 mails" in words(page)
    assert "Nothing is in doubt any more" in words(page)

    undo = {"do": "undo", "act": page.context["act"].value, "at": page.context["at"]}
    page = desk.post(url("mailing_unsure", mailing), undo, follow=True)
    assert "Taken back: 62 mails are in doubt again." in words(page)
    assert len(unsure_rows(mailing)) == 62

    page = desk.post(url("mailing_unsure", mailing), undo, follow=True)
    assert "It is too late to take this back" in words(page)


@pytest.mark.parametrize(
    "said",
    [
        {"do": "undo"},
        {"do": "undo", "act": "arrived", "at": "x"},
        {"do": "undo", "act": "explode", "at": "1"},
        {"do": "undo", "act": "leave", "at": "9" * 40},
        {"do": "arrived:all", "until": "-5", "shown": "2"},
        {"do": "leave:all", "until": "9" * 17, "shown": "x"},
    ],
)
def test_nonsense_decides_nothing_and_takes_nothing_back(said, desk, mailing):
    response = desk.post(url("mailing_unsure", mailing), said)
    assert response.status_code == 302
    assert len(unsure_rows(mailing)) == 2
    asked = {"act": said.get("act", "leave"), "at": said.get("at", "\x00")}
    assert desk.get(url("mailing_unsure", mailing), asked).status_code == 200


def test_who_may_only_look_decides_nothing(client, mailing):
    client.force_login(UserFactory(permissions=["newsletters.view_mailing"]))
    row = unsure_rows(mailing)[0]
    page = client.post(url("mailing_unsure", mailing), {"do": f"arrived:{row.pk}"})
    assert page.status_code == 403
    assert len(unsure_rows(mailing)) == 2
    assert "Decide now" not in words(client.get(url("mailing", mailing)))


def test_the_page_of_doubts_costs_few_queries(desk, mailing, django_assert_max_num_queries):
    later = timezone.now() + timedelta(minutes=10)
    for _ in range(60):
        DeliveryFactory(mailing=mailing, state=DeliveryState.UNSURE, doubts=1, due_at=later)
    with django_assert_max_num_queries(15):
        desk.get(url("mailing_unsure", mailing))


def test_a_decision_made_before_is_said(desk, mailing):
    row = unsure_rows(mailing)[0]
    desk.post(url("mailing_unsure", mailing), {"do": f"leave:{row.pk}"})
    page = desk.post(url("mailing_unsure", mailing), {"do": f"again:{row.pk}"}, follow=True)
    assert "had been decided before" in words(page)
    row.refresh_from_db()
    assert row.state == DeliveryState.SKIPPED


@pytest.mark.parametrize(
    "data",
    [{}, {"do": "arrived"}, {"do": "explode:1"}, {"do": "arrived:x"}, {"do": "leave", "row": "-1"}],
)
def test_a_button_without_a_mail_changes_nothing(data, desk, mailing):
    page = desk.post(url("mailing_unsure", mailing), data, follow=True)
    assert "Nothing was changed" in words(page)
    assert len(unsure_rows(mailing)) == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"doubt_policy": DoubtPolicy.HOLD}, "nothing more until you decide"),
        ({"state": MailingState.CANCELLED}, "nothing more until you decide"),
    ],
)
def test_what_happens_by_itself_is_said(change, sentence, desk, mailing):
    for name, value in change.items():
        setattr(mailing, name, value)
    mailing.save()
    assert sentence in words(desk.get(url("mailing_unsure", mailing)))


def test_a_second_doubt_waits_for_a_person(desk, mailing):
    mailing.deliveries.update(doubts=2)
    assert "now they wait for you" in words(desk.get(url("mailing", mailing)))
