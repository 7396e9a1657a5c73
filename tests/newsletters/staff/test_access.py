"""Who may open a staff page."""

import pytest

from tests.factories.newsletters import ContactFactory, MailingListFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGES = ("/staff/people/", "/staff/lists/", "/staff/lists/new/")


@pytest.mark.parametrize("page", PAGES)
def test_a_visitor_comes_to_the_login_and_back(client, page):
    answer = client.get(f"{page}?page=2")
    assert answer.status_code == 302
    assert answer.url == f"/staff/login/?next={page}%3Fpage%3D2"


@pytest.mark.parametrize("page", PAGES)
def test_who_may_not_is_told_so_and_not_sent_in_a_circle(client, page):
    client.force_login(UserFactory())
    assert client.get(page).status_code == 403


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("people/{person}/", "newsletters.view_contact"),
        ("people/{person}/take-off/", "newsletters.change_contact"),
        ("people/{person}/block/", "newsletters.add_suppression"),
        ("lists/{list}/", "newsletters.change_mailinglist"),
    ],
)
def test_each_page_asks_for_its_own_right(client, path, right):
    page = "/staff/" + path.format(person=ContactFactory().pk, list=MailingListFactory().pk)
    rights = {
        "newsletters.view_contact",
        "newsletters.change_contact",
        "newsletters.add_suppression",
        "newsletters.view_mailinglist",
        "newsletters.change_mailinglist",
    }
    client.force_login(UserFactory(permissions=rights - {right}))
    assert client.get(page).status_code == 403
    assert client.post(page).status_code == 403
    client.force_login(UserFactory(permissions=[right]))
    assert client.get(page).status_code != 403


def test_an_account_that_was_switched_off_is_a_visitor(client):
    user = UserFactory(permissions=["newsletters.view_contact"])
    client.force_login(user)
    user.is_active = False
    user.save()
    assert client.get("/staff/people/").status_code == 302
