"""The mailing pages: written, looked at, approved and planned through their own buttons."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletters.models import Delivery, Mailing
from newsletters.states import MailingState
from tests.factories.newsletters import (
    ContactFactory,
    MailingFactory,
    MailingListFactory,
    MailingTextFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def installation(settings):
    settings.POSTAL_ADDRESS = "1 Square\nOrrin"
    settings.CONTENT_LANGUAGES = ["en", "ru"]


@pytest.fixture
def desk(client, organiser):
    client.force_login(organiser)
    return client


@pytest.fixture
def writer(client):
    """May write and not send."""
    user = UserFactory(permissions=["newsletters.view_mailing", "newsletters.change_mailing"])
    client.force_login(user)
    return client


def finished(**fields):
    mailing = MailingFactory(lists=[MailingListFactory()], **fields)
    MailingTextFactory(mailing=mailing)
    return mailing


def url(name, mailing, *more):
    return reverse(f"staff:{name}", args=[mailing.pk, *more])


def words(response):
    return " ".join(response.content.decode().split())


PAGES = (
    "mailing",
    "mailing_heading",
    "mailing_audience",
    "mailing_preview",
    "mailing_frame",
    "mailing_schedule",
    "mailing_progress",
    "mailing_people",
    "mailing_unsure",
)


# Doors --------------------------------------------------------------------------
@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_is_sent_to_the_login_and_a_guest_is_refused(name, client):
    page = url(name, finished())
    assert client.get(page).status_code == 302
    client.force_login(UserFactory())
    assert client.get(page).status_code == 403


@pytest.mark.parametrize("move", ["approve", "resume", "cancel", "revise"])
def test_who_may_only_write_cannot_send_by_any_button(move, writer):
    mailing = finished()
    assert writer.post(url("mailing_move", mailing), {"do": move}).status_code == 403
    assert writer.get(url("mailing_schedule", mailing)).status_code == 403
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DRAFT


def test_who_may_only_write_is_told_whom_to_ask(writer):
    page = words(writer.get(url("mailing", finished())))
    assert "ask somebody who may approve" in page


def test_opening_a_page_changes_nothing(desk):
    mailing = finished(state=MailingState.SENDING, started_at=timezone.now())
    before = Mailing.objects.values().get(pk=mailing.pk)
    for name in PAGES:
        desk.get(url(name, mailing))
        desk.head(url(name, mailing))
    assert Mailing.objects.values().get(pk=mailing.pk) == before
    assert desk.get(url("mailing_move", mailing)).status_code == 405
    assert desk.get(url("mailing_test", mailing)).status_code == 405
    assert Delivery.objects.count() == 0


# The list -----------------------------------------------------------------------
def test_an_empty_list_says_what_comes_first(desk):
    assert "No mailing yet" in words(desk.get(reverse("staff:mailings")))


def test_a_long_list_costs_few_queries(desk, django_assert_max_num_queries):
    for _ in range(30):
        finished()
    with django_assert_max_num_queries(8):
        page = words(desk.get(reverse("staff:mailings")))
    assert page.count("<tr>") == 31


# Writing ------------------------------------------------------------------------
def test_a_new_mailing_leads_to_its_text(desk):
    data = {"name": "Doctor", "default_language": "en", "doubt_policy": "resend"}
    response = desk.post(reverse("staff:mailing_new"), data)
    mailing = Mailing.objects.get()
    assert response.url == url("mailing_text", mailing, "en")


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("reply_to", "nobody at home", "space"),
        ("sender_name", "Ana\r\nBcc: x@example.org", "one line"),
        ("default_language", "../../etc", "not one of the available"),
        ("name", "", "required"),
    ],
)
def test_a_wrong_heading_is_answered_at_the_field(field, typed, sentence, desk):
    data = {"name": "Doctor", "default_language": "en", "doubt_policy": "resend", field: typed}
    response = desk.post(reverse("staff:mailing_new"), data)
    assert response.status_code == 422
    assert sentence in str(response.context["form"].errors[field])
    assert not Mailing.objects.exists()


def composing(desk, mailing, **data):
    return desk.post(
        url("mailing_text", mailing, "en"), {"subject": "Hello", "preheader": "", **data}
    )


def test_nothing_turns_the_letters_of_a_subject_around_and_the_marks_of_hebrew_stay(desk):
    mailing = MailingFactory()
    composing(
        desk, mailing, subject="\u202eשלום\u200f {{ given_\u2066name }}", preheader="\u2069Hi"
    )
    text = mailing.texts.get()
    assert (text.subject, text.preheader) == ("שלום\u200f {{ given_name }}", "Hi")


def test_blocks_are_added_moved_and_taken_out_without_a_script(desk):
    mailing = MailingFactory()
    response = composing(desk, mailing, do="add:heading")
    assert response.url.endswith("#block-1")
    typed = {"block": ["b0:heading"], "b0-words": "First"}
    composing(desk, mailing, **typed, do="add:text")
    typed = {"block": ["b0:heading", "b1:text"], "b0-words": "First", "b1-html": "Second"}
    assert composing(desk, mailing, **typed, do="up:b1").url.endswith("#block-1")
    assert [block["type"] for block in mailing.texts.get().blocks] == ["text", "heading"]
    typed = {"block": ["b0:text", "b1:heading"], "b0-html": "Second", "b1-words": "First"}
    composing(desk, mailing, **typed, do="down:b0")
    composing(desk, mailing, **{**typed, "do": "remove:b1"})
    assert mailing.texts.get().blocks == [{"type": "text", "html": "Second"}]
    assert mailing.texts.get().subject == "Hello"


def test_a_wrong_field_is_named_where_it_stands_and_nothing_typed_is_lost(desk):
    mailing = finished()
    response = composing(
        desk,
        mailing,
        block=["b0:text", "b1:button"],
        **{
            "b0-html": "Dear {{ first_name }}, a long letter",
            "b1-words": "Go",
            "b1-url": "javascript:alert(1)",
        },
    )
    assert response.status_code == 422
    page = words(response)
    assert "Did you mean {{ given_name }}?" in page
    assert "A link starts with https://" in page
    assert "a long letter" in page
    assert mailing.texts.get().subject == "Write to the minister"


@pytest.mark.parametrize(
    "blocks",
    [
        ["b0:script"],
        ["../../etc"],
        ["b0:text", "b0:text"],
        ["b99999999:text"],
        [f"b{number}:divider" for number in range(70)],
    ],
)
def test_invented_blocks_are_not_kept_and_never_an_error(blocks, desk):
    mailing = finished()
    assert composing(desk, mailing, block=blocks).status_code in {302, 422}
    assert len(mailing.texts.get().blocks) <= 60


@pytest.mark.parametrize("language", ["xx", "de", "en-en-en"])
def test_a_language_nobody_writes_here_does_not_exist(language, desk):
    assert desk.get(url("mailing_text", finished(), language)).status_code == 404


def test_another_language_is_begun_and_taken_out(desk):
    mailing = finished()
    response = desk.post(url("mailing_language", mailing), {"add": "ru"})
    assert response.url == url("mailing_text", mailing, "ru")
    desk.post(response.url, {"subject": "Привет"})
    assert mailing.texts.count() == 2
    desk.post(url("mailing_language", mailing), {"remove": "ru"})
    assert mailing.texts.count() == 1


def test_a_frozen_text_leads_back_to_its_mailing(desk):
    mailing = finished(state=MailingState.SENT)
    assert desk.get(url("mailing_text", mailing, "en")).url == url("mailing", mailing)
    assert composing(desk, mailing).url == url("mailing", mailing)
    assert mailing.texts.get().subject == "Write to the minister"


# People -------------------------------------------------------------------------
def test_the_count_follows_what_is_chosen_before_it_is_saved(desk):
    mailing = finished()
    chosen = MailingListFactory()
    for language in ("en", "ru", "ru"):
        SubscriptionFactory(mailing_list=chosen, contact=ContactFactory(language=language))
    data = {"lists": [chosen.pk], "do": "count"}
    assert "3 people" in words(desk.post(url("mailing_audience", mailing), data))
    data |= {"joiner-0": "all", "node": ["1:1:language.is"], "value-1-0": "ru"}
    assert "2 people" in words(desk.post(url("mailing_audience", mailing), data))
    data["value-1-0"] = ""
    assert "Choose one of the values" in words(desk.post(url("mailing_audience", mailing), data))
    assert list(mailing.lists.all()) != [chosen]


def test_a_segment_is_built_in_words_and_saved(desk):
    mailing = finished()
    chosen = MailingListFactory()
    page = url("mailing_audience", mailing)
    data = {"lists": [chosen.pk], "do": "add:0", "new-0": "language.is_not"}
    assert "does not have the language …" in words(desk.post(page, data))
    data = {
        "lists": [chosen.pk],
        "joiner-0": "any",
        "node": ["1:1:language.is_not", "2:1:on_list.is"],
        "value-1-0": "en",
        "value-2-0": str(chosen.pk),
    }
    assert desk.post(page, data).status_code == 302
    mailing.refresh_from_db()
    assert mailing.audience_rule == {
        "any": [
            {"condition": "language", "operator": "is_not", "value": "en"},
            {"condition": "on_list", "operator": "is", "value": str(chosen.pk)},
        ]
    }
    review = words(desk.get(url("mailing", mailing)))
    assert f"does not have the language English or is on {chosen.name}" in review
    data["do"] = "drop:1"
    response = desk.post(page, data)
    assert len(response.context["rule"].rows()) == 1
    assert "Not saved yet" in words(response)


@pytest.mark.parametrize(
    "data",
    [
        {"node": ["1:1:password.is"], "value-1-0": ["x"]},
        {"node": ["1:1:language.is"], "value-1-0": ["xx"]},
        {"node": ["1:1:language.is"]},
        {"node": ["1:1:on_list.is"], "value-1-0": ["1 OR 1=1"]},
        {"lists": ["999999"]},
        {"lists": ["x"]},
        {"do": "drop:99"},
        {"do": "add:0", "new-0": "password.is"},
    ],
)
def test_an_invented_audience_is_never_kept(data, desk):
    mailing = finished()
    before = list(mailing.lists.all())
    response = desk.post(url("mailing_audience", mailing), {"joiner-0": "all", **data})
    assert response.status_code in {200, 302, 422}
    mailing.refresh_from_db()
    assert mailing.audience_rule == {}
    assert response.status_code == 302 or list(mailing.lists.all()) == before


def test_a_rule_in_groups_is_shown_and_saved_as_it_was(desk):
    russian = {"condition": "language", "operator": "is", "value": "ru"}
    nested = {"all": [russian, {"not": {"any": [russian, {**russian, "value": "kk"}]}}]}
    mailing = finished(audience_rule=nested)
    page = url("mailing_audience", mailing)
    rule = desk.get(page).context["rule"]
    assert rule.as_data() == nested
    desk.post(
        page,
        {
            "lists": [mailing.lists.get().pk],
            "joiner-0": "all",
            "joiner-2": "none",
            "node": ["1:1:language.is", "2:1:group", "3:2:language.is", "4:2:language.is"],
            "value-1-0": "ru",
            "value-3-0": "ru",
            "value-4-0": "kk",
        },
    )
    mailing.refresh_from_db()
    assert mailing.audience_rule == nested


# Approving and planning ---------------------------------------------------------
def test_the_page_names_everything_that_is_missing(desk):
    mailing = MailingFactory()
    MailingTextFactory(mailing=mailing, subject="", blocks=[])
    page = words(desk.get(url("mailing", mailing)))
    for sentence in ("at least one list", "subject is empty", "at least one block"):
        assert sentence in page
    assert "disabled" in page
    response = desk.post(url("mailing_move", mailing), {"do": "approve"}, follow=True)
    assert "subject is empty" in words(response)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DRAFT


def test_approve_and_schedule_say_what_will_happen(desk):
    mailing = finished()
    desk.post(url("mailing_move", mailing), {"do": "approve"})
    page = url("mailing_schedule", mailing)
    when = timezone.now() + timedelta(days=3)
    data = {"when": when.strftime("%Y-%m-%dT09:00"), "zone": "Asia/Almaty"}
    look = words(desk.post(page, {**data, "do": "look"}))
    assert "It starts on" in look
    assert "(Asia/Almaty)" in look
    mailing.refresh_from_db()
    assert mailing.state == MailingState.APPROVED
    desk.post(page, {**data, "do": "plan"})
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SCHEDULED
    assert mailing.scheduled_at.strftime("%H:%M") == "04:00"
    shown = words(desk.get(url("mailing", mailing)))
    assert "09:00 (Asia/Almaty)" in shown
    desk.post(url("mailing_move", mailing), {"do": "draft"})
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DRAFT


@pytest.mark.parametrize(
    "data",
    [
        {"when": "2020-01-01T09:00", "zone": "UTC"},
        {"when": "tomorrow", "zone": "UTC"},
        {"when": "", "zone": "UTC"},
        {"when": "2027-13-45T99:99", "zone": "UTC"},
        {"when": "9999-12-31T23:59", "zone": "America/Los_Angeles"},
        {"when": "0001-01-01T00:00", "zone": "Asia/Tokyo"},
        {"when": "2027-01-01T09:00", "zone": "../../etc/passwd"},
        {"when": "2027-01-01T09:00", "zone": "Karsh/Orrin"},
    ],
)
def test_a_time_that_cannot_be_meant_changes_nothing(data, desk):
    mailing = finished(state=MailingState.APPROVED)
    response = desk.post(url("mailing_schedule", mailing), {**data, "do": "plan"})
    assert response.status_code in {200, 422}
    mailing.refresh_from_db()
    assert mailing.state == MailingState.APPROVED


def test_the_second_click_on_send_is_told_that_it_goes_out_already(desk, rung):
    mailing = finished()
    desk.post(url("mailing_move", mailing), {"do": "approve"})
    page = url("mailing_schedule", mailing)
    assert desk.post(page, {"do": "now"}).status_code == 302
    assert desk.post(page, {"do": "now"}).status_code == 302
    assert len(rung.collect()) == 1
    mailing.refresh_from_db()
    assert mailing.state == MailingState.EXPANDING


def test_an_unknown_move_does_not_exist(desk):
    assert desk.post(url("mailing_move", finished()), {"do": "explode"}).status_code == 404
