"""The pages about lists."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletters.models import ConsentAct, ConsentEvent, DkimKey, MailingList, SenderDomain
from newsletters.selectors import lists
from newsletters.selectors.lists import growth
from newsletters.services import outgoing
from newsletters.states import SubscriptionState
from tests.factories.newsletters import MailingListFactory, SubscriptionFactory, UserFactory

pytestmark = pytest.mark.django_db
LISTS = "/staff/lists/"


@pytest.fixture
def staff(client):
    rights = ("view_mailinglist", "add_mailinglist", "change_mailinglist")
    client.force_login(UserFactory(permissions=[f"newsletters.{right}" for right in rights]))
    return client


def test_lists_with_how_many_stand_where_in_few_queries(staff, django_assert_max_num_queries):
    letters = MailingListFactory(name="Letters from Karsh")
    for state, number in zip(SubscriptionState, (2, 3, 1), strict=True):
        for _ in range(number):
            SubscriptionFactory(mailing_list=letters, state=state)
    for _ in range(20):
        MailingListFactory()
    with django_assert_max_num_queries(8):
        page = staff.get(LISTS)
    row = page.text[page.text.index("Letters from Karsh") :]
    figures = [part.partition("<")[0] for part in row.split('class="n">')[1:4]]
    assert figures == ["3", "2", "1"]


def test_the_first_list_is_started_and_offered_at_once(staff, client):
    assert "There is no list yet" in staff.get(LISTS).text
    answer = staff.post(
        f"{LISTS}new/", {"name": "Letters from Karsh", "is_public": "on"}, follow=True
    )
    assert "Letters from Karsh" in answer.text
    assert MailingList.objects.get().slug == "letters-from-karsh"
    assert "Letters from Karsh" in client.get("/subscribe/").text


@pytest.mark.parametrize("name", ["Letters", "Письма", "رسائل", "!!!"])
def test_two_lists_of_one_name_in_any_script_have_two_addresses(staff, name):
    for _ in range(2):
        assert staff.post(f"{LISTS}new/", {"name": name}).status_code == 302
    slugs = set(MailingList.objects.values_list("slug", flat=True))
    assert len(slugs) == 2
    assert all(slugs)


def test_a_sender_cannot_look_like_somebody_else_by_marks_nobody_sees(staff):
    names = {"name": "پیام\u200cها\u200f", "sender_name": "Bank\u202e knaB\u200b of Karsh"}
    assert staff.post(f"{LISTS}new/", names).status_code == 302
    made = MailingList.objects.get()
    assert (made.name, made.sender_name) == ("پیام\u200cها", "Bank knaB of Karsh")
    MailingList.objects.update(sender_name="Bank\u202e knaB")
    assert outgoing.sender(lists.voice(MailingList.objects.all()).sender_name).startswith(
        "Bank knaB <"
    )
    assert "Give the list a name" in staff.post(f"{LISTS}new/", {"name": "\u202e\u2066"}).text


def test_a_changed_name_keeps_the_address_of_the_list(staff):
    letters = MailingListFactory(slug="letters")
    page = f"{LISTS}{letters.pk}/"
    assert letters.name in staff.get(page).text
    staff.post(page, {"name": "News from Karsh", "is_sensitive": "on"})
    letters.refresh_from_db()
    assert (letters.name, letters.slug) == ("News from Karsh", "letters")
    assert (letters.is_public, letters.is_sensitive) == (False, True)


@pytest.mark.parametrize(
    "bad", [{"name": ""}, {"name": "x" * 200}, {"name": "Letters", "sender_name": "A\nBcc: b"}]
)
def test_what_cannot_be_kept_is_explained_and_nothing_is_written(staff, bad):
    answer = staff.post(f"{LISTS}new/", bad)
    assert answer.status_code == 422
    assert "Not done yet" in answer.text
    assert not MailingList.objects.exists()


def test_everything_a_list_says_is_kept_and_shown_again(staff, settings):
    settings.CONTENT_LANGUAGES = ["en", "de"]
    SenderDomain.objects.create(domain="friends.example")
    letters = MailingListFactory()
    page = f"{LISTS}{letters.pk}/"
    said = {
        "name": "Letters",
        "sends_welcome": "on",
        "welcome_en": "Good that you are here.\r\n\r\nWe write on Fridays.",
        "welcome_de": "  ",
        "sender_name": "Friends of Mira",
        "sender_email": "mira@Friends.example",
        "postal_address": "Harbour 5\r\nVeldland",
    }
    assert staff.post(page, said).status_code == 302
    letters.refresh_from_db()
    assert (letters.double_opt_in, letters.sends_welcome) == (False, True)
    assert letters.welcome_texts == {"en": "Good that you are here.\n\nWe write on Fridays."}
    assert letters.sender_email == "mira@friends.example"
    shown = staff.get(page).text
    for words in ("We write on Fridays.", "mira@friends.example", "Harbour 5"):
        assert words in shown
    assert "unsigned" not in shown
    DkimKey.objects.create(domain=SenderDomain.objects.get(), selector="hb", algorithm="rsa")
    assert "unsigned" in staff.get(page).text


def test_a_sender_elsewhere_is_explained_at_its_field(staff):
    answer = staff.post(f"{LISTS}new/", {"name": "Letters", "sender_email": "me@gmail.com"})
    assert answer.status_code == 422
    assert "would take it for forged" in answer.text
    assert 'value="me@gmail.com"' in answer.text
    assert not MailingList.objects.exists()


def test_growth_is_read_from_the_ledger_month_by_month_in_few_queries(
    staff, django_assert_max_num_queries
):
    letters = MailingListFactory()
    now = timezone.now()
    last_month = now.replace(day=1) - timedelta(days=3)
    years_ago = now - timedelta(days=500)
    for act, when, number in (
        (ConsentAct.GRANTED, now, 3),
        (ConsentAct.WITHDRAWN, now, 1),
        (ConsentAct.REQUESTED, now, 9),
        (ConsentAct.GRANTED, last_month, 2),
        (ConsentAct.GRANTED, years_ago, 50),
    ):
        ConsentEvent.objects.bulk_create(
            ConsentEvent(mailing_list=letters, address_key="k", act=act, happened_at=when)
            for _ in range(number)
        )
    months = [(month.joined, month.left) for month in growth(letters)]
    assert months == [(0, 0)] * 10 + [(2, 0), (3, 1)]
    with django_assert_max_num_queries(10):
        page = staff.get(f"{LISTS}{letters.pk}/").text
    assert "5 joined since" in page
    assert page.count("<rect") == 24
    assert "Nobody joined or left" in staff.get(f"{LISTS}{MailingListFactory().pk}/").text
