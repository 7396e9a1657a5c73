"""The pages that change many people."""

import re

import pytest

from newsletters.models import BulkChange, Contact, Tag
from newsletters.services import bulk
from newsletters.states import SubscriptionState
from tests.factories.newsletters import ContactFactory, SubscriptionFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW = "/staff/people/changes/new/"
RIGHTS = ("newsletters.view_contact", "newsletters.add_bulkchange")


@pytest.fixture
def staff(client):
    client.force_login(UserFactory(permissions=RIGHTS))
    return client


def hidden(page):
    """The fields of the form that starts it, as a browser sends them."""
    form = page[page.index('<form method="post" action="/staff/people/changes') :]
    form = form[: form.index("</form>")]
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    data: dict[str, list[str]] = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    return data


def test_without_the_right_nobody_is_changed(client):
    ContactFactory()
    client.force_login(UserFactory(permissions=["newsletters.view_contact"]))
    assert "Go on" not in client.get("/staff/people/").text
    assert client.get(NEW, {"kind": "add_tag", "who": "all"}).status_code == 403
    assert client.get("/staff/people/changes/").status_code == 403


def test_ticked_people_get_a_tag_are_watched_and_lose_it_again(staff, rung):
    first, second, _other = ContactFactory.create_batch(3)
    asked = {"kind": "add_tag", "who": "ticked", "id": [first.pk, second.pk], "q": "reader"}
    assert "Show what would happen" in staff.get(NEW, asked).text
    page = staff.get(NEW, asked | {"look": "1", "do-tag": "vigil"}).text
    assert "2 people would change" in page
    assert not Tag.objects.exists()
    answer = staff.post(NEW, hidden(page), follow=True)
    assert "You may close this page" in answer.text
    change = BulkChange.objects.get()
    rung.answer()
    page = staff.get(f"/staff/people/changes/{change.pk}/").text
    assert "2 people were changed" in page
    assert "Put a tag on them: <bdi>vigil" in staff.get("/staff/people/changes/").text
    assert set(Contact.objects.filter(tags__name="vigil")) == {first, second}
    progress = staff.get(f"/staff/people/changes/{change.pk}/progress/")
    assert progress.headers["HX-Refresh"] == "true"
    staff.post(f"/staff/people/changes/{change.pk}/undo/")
    rung.answer()
    assert not Contact.objects.filter(tags__name="vigil").exists()
    assert "as it was before" in staff.get(f"/staff/people/changes/{change.pk}/").text


def test_everybody_a_search_finds_leaves_a_list_after_a_warning(staff):
    row = SubscriptionFactory(contact__given_name="Mira")
    other = SubscriptionFactory(mailing_list=row.mailing_list)
    asked = {"kind": "take_off", "who": "all", "q": "mira", "look": "1"}
    page = staff.get(NEW, asked | {"do-mailing_list": row.mailing_list.pk}).text
    assert "cannot be taken back" in page
    staff.post(NEW, hidden(page))
    bulk.run(change_id=BulkChange.objects.get().pk)
    row.refresh_from_db()
    other.refresh_from_db()
    assert row.state == SubscriptionState.UNSUBSCRIBED
    assert other.state == SubscriptionState.ACTIVE
    page = staff.get(f"/staff/people/changes/{BulkChange.objects.get().pk}/").text
    assert "Take it back" not in page
    assert "Nobody can be put back" in page


def test_languages_and_countries_are_told_by_name_before_and_after(staff):
    ContactFactory(country="DE")
    asked = {"kind": "set_field", "who": "all", "do-field": "country", "do-value": "fr", "look": 1}
    page = staff.get(NEW, asked).text
    assert ("Germany" in page, "France" in page) == (True, True)
    done = staff.post(NEW, hidden(page), follow=True).text
    assert "France" in done


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"kind": "add_tag", "do-tag": "a, b"}, "One tag at a time"),
        ({"kind": "add_tag", "do-tag": " "}, "required"),
        ({"kind": "remove_tag", "do-tag": "none such"}, "no tag with this name"),
        ({"kind": "take_off", "do-mailing_list": "99"}, "no such list"),
        ({"kind": "set_field", "do-field": "email", "do-value": "x"}, "no such field"),
        ({"kind": "set_field", "do-field": "country", "do-value": "Nowhere"}, "does not fit"),
    ],
)
def test_what_cannot_be_done_says_so_at_the_field(staff, asked, words):
    ContactFactory()
    answer = staff.get(NEW, asked | {"who": "all", "look": "1"})
    assert answer.status_code == 422
    assert words in answer.text
    assert staff.post(NEW, asked | {"who": "all", "look": "1"}).status_code == 422
    assert not BulkChange.objects.exists()


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "add_tag", "who": "ticked"},
        {"kind": "add_tag", "who": "ticked", "id": ["x", "0"]},
        {"kind": "erase", "who": "all"},
        {"who": "all", "kind": "add_tag", "segment": "99"},
        {"who": "all", "kind": "add_tag", "tag": "none such", "look": "1"},
    ],
)
def test_a_choice_that_is_none_leads_back_in_words(staff, asked):
    ContactFactory()
    for answer in (staff.get(NEW, asked, follow=True), staff.post(NEW, asked, follow=True)):
        assert answer.redirect_chain[-1][0].startswith("/staff/people/")
        assert 'class="note warning"' in answer.text
