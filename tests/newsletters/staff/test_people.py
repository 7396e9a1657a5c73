"""The pages about people."""

import pytest
from django.db import connection

from newsletters.models import (
    ConsentEvent,
    Contact,
    OtherAddress,
    Subscription,
    Suppression,
    Tag,
)
from newsletters.services import subscriptions
from newsletters.states import SubscriptionState, SuppressionReason
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingListFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
RIGHTS = ("newsletters.view_contact", "newsletters.change_contact", "newsletters.add_suppression")
PEOPLE = "/staff/people/"
MODELS = [
    "contact",
    "subscription",
    "consentevent",
    "consentwording",
    "suppression",
    "delivery",
    "topic",
    "tag",
]


@pytest.fixture
def staff(client):
    client.force_login(UserFactory(permissions=RIGHTS))
    return client


def page_of(contact):
    return f"{PEOPLE}{contact.pk}/"


def test_an_empty_house_says_how_people_come(staff):
    page = staff.get(PEOPLE).text
    assert "Nobody is here yet" in page
    assert "/staff/imports/new/" in page


@pytest.mark.parametrize(
    "typed", ["mira.t", "MIRA.T", "mira.tolan@example.org", "Mir", "mira", "tol", "  Tolan "]
)
def test_a_person_is_found_by_the_beginning_of_address_or_name(staff, typed):
    ContactFactory(email="mira.tolan@example.org", given_name="Mira", family_name="Tolan")
    ContactFactory(email="other@example.org", given_name="Anna", family_name="Marku")
    page = staff.get(PEOPLE, {"q": typed}).text
    assert "mira.tolan@example.org" in page
    assert "other@example.org" not in page


@pytest.mark.parametrize("typed", ["%", "_", "nobody", "'; DROP TABLE", "\u202e"])
def test_what_finds_nobody_says_so_and_breaks_nothing(staff, typed):
    ContactFactory()
    answer = staff.get(PEOPLE, {"q": typed})
    assert answer.status_code == 200


def test_a_search_that_is_none_says_so_at_the_field(staff):
    ContactFactory(email="mira@example.org")
    for asked in ({"q": "a" * 300}, {"tag": "none such"}, {"state": "x"}, {"list": "0"}):
        answer = staff.get(PEOPLE, asked)
        assert answer.status_code == 422
        assert "mira@example.org" not in answer.text
    assert "no tag with this name" in staff.get(PEOPLE, {"tag": "none such"}).text


def test_fifty_to_a_page_with_a_bounded_number_of_queries(staff, django_assert_max_num_queries):
    tag, letters = Tag.objects.create(name="vigil"), MailingListFactory(name="Letters")
    for number in range(60):
        row = SubscriptionFactory(contact__email=f"p{number:02}@example.org", mailing_list=letters)
        row.contact.tags.add(tag)
    # Twelve about people; on PostgreSQL four more say how long they may take.
    most = 16 if connection.vendor == "postgresql" else 12
    with django_assert_max_num_queries(most):
        page = staff.get(PEOPLE).text
    assert page.count("@example.org") == 50
    assert "60 people" in page
    assert "p59@" in page
    oldest = Contact.objects.order_by("pk")[10].pk
    asked = {"list": letters.pk, "tag": "vigil", "before": oldest}
    with django_assert_max_num_queries(most):
        page = staff.get(PEOPLE, asked).text
    assert page.count("@example.org") == 10
    assert "p00@" in page
    assert "on “Letters”" in page
    assert "Newer people" in page


def test_the_person_page_shows_everything_newest_first(staff, django_assert_max_num_queries):
    row = SubscriptionFactory(contact__phone="+43 1 555")
    subscriptions.leave(contact=row.contact, lists=[row.mailing_list], method="one-click")
    for number in range(5):
        DeliveryFactory(contact=row.contact, mailing__name=f"Appeal {number}")
    with django_assert_max_num_queries(21):
        page = staff.get(page_of(row.contact)).text
    assert "+43 1 555" in page
    assert "Left the list" in page
    assert "leave button of the mail program" in page
    assert page.index("Appeal 4") < page.index("Appeal 0")


def test_taking_off_a_list_is_written_down(staff):
    row = SubscriptionFactory()
    answer = staff.post(
        f"{page_of(row.contact)}take-off/", {"mailing_list": row.mailing_list.pk}, follow=True
    )
    assert "Taken off" in answer.text
    row.refresh_from_db()
    assert row.state == SubscriptionState.UNSUBSCRIBED
    event = ConsentEvent.objects.get()
    assert (event.act, event.method) == ("withdrawn", "staff")
    again = staff.post(
        f"{page_of(row.contact)}take-off/", {"mailing_list": row.mailing_list.pk}, follow=True
    )
    assert "not on that list any more" in again.text
    assert ConsentEvent.objects.count() == 1


def test_blocking_needs_a_reason_and_stops_everything(staff):
    row = SubscriptionFactory()
    missing = staff.post(f"{page_of(row.contact)}block/", {"reason": " "})
    assert missing.status_code == 422
    assert "Not done yet" in missing.text
    assert not Suppression.objects.exists()
    done = staff.post(f"{page_of(row.contact)}block/", {"reason": "threats"}, follow=True)
    assert "Blocked" in done.text
    assert "threats" in done.text
    assert "Block this address" not in done.text
    assert Suppression.objects.get().reason == SuppressionReason.BLOCKED


def test_no_page_for_staff_can_raise_a_consent(staff):
    """Every form of the person's page, sent with every list: nobody is on more than before."""
    letters = MailingListFactory()
    contact = ContactFactory()
    SubscriptionFactory(contact=contact, mailing_list=letters, state=SubscriptionState.UNSUBSCRIBED)
    page = staff.get(page_of(contact)).text
    assert "not put anybody on one" in page
    for act in ("take-off", "block"):
        staff.post(
            f"{page_of(contact)}{act}/",
            {"mailing_list": letters.pk, "state": "active", "reason": "x"},
        )
    assert Subscription.objects.get().state == SubscriptionState.UNSUBSCRIBED


def test_the_admin_shows_subscriptions_and_changes_none(admin_client):
    row = SubscriptionFactory()
    page = f"/admin/newsletters/subscription/{row.pk}/change/"
    assert admin_client.get(page).status_code == 200
    assert admin_client.post(page, {"state": "unsubscribed"}).status_code == 403
    assert admin_client.get("/admin/newsletters/subscription/add/").status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_every_admin_list_opens(admin_client, model):
    SubscriptionFactory()
    assert admin_client.get(f"/admin/newsletters/{model}/").status_code == 200


@pytest.mark.once
def test_a_search_that_takes_too_long_ends_and_says_so(staff, monkeypatch):
    ContactFactory.create_batch(30, given_name="Mira")
    monkeypatch.setattr("newsletters.staff.people.PATIENCE_S", -1.0)
    monkeypatch.setattr("newsletters.selectors.patience.STEPS", 1)
    page = staff.get(PEOPLE, {"q": "mira"}).text
    assert "longer than a page can wait" in page
    assert "“mira”" in page
    assert "Nobody answers" not in page


def test_an_address_in_its_own_script_finds_the_person_and_stands_on_her_page(staff):
    written = "olim@bücher.example"
    kept = "olim@xn--bcher-kva.example"
    person = ContactFactory(email=kept, email_typed=written)
    OtherAddress.objects.create(
        contact=person,
        email="olim@xn--bx-lka.example",
        email_typed="olim@bøx.example",
        address_key="k" * 32,
    )
    for typed in (written, "Olim@BÜCHER.example", kept, "olim@bøx.example"):
        assert kept in staff.get(PEOPLE, {"q": typed}).text
    assert "olim<wbr>@bücher.example" in staff.get(f"{PEOPLE}{person.pk}/").text
    assert "olim<wbr>@bøx.example" in staff.get(f"{PEOPLE}{person.pk}/addresses/").text
