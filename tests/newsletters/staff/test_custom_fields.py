"""The pages where a campaign says what it wants to know about people."""

import pytest

from newsletters.models import CustomField
from newsletters.services import custom_fields
from tests.factories.newsletters import ContactFactory, UserFactory

pytestmark = pytest.mark.django_db
FIELDS = "/staff/people/fields/"
RIGHTS = [f"newsletters.{act}_customfield" for act in ("view", "add", "change", "delete")]


@pytest.fixture
def staff(client):
    client.force_login(UserFactory(permissions=RIGHTS))
    return client


def test_fields_are_made_changed_and_put_in_order(staff):
    assert "No fields yet" in staff.get(FIELDS).text
    made = staff.post(
        f"{FIELDS}new/",
        {"name": "Shirt size", "kind": "choice", "choices": "S\r\nM\r\n", "is_open": "on"},
        follow=True,
    )
    assert "field_shirt_size" in made.text
    staff.post(f"{FIELDS}new/", {"name": "Born", "kind": "date"})
    shirt, born = CustomField.objects.all()
    assert (shirt.choices, shirt.is_open) == (["S", "M"], True)
    staff.post(f"{FIELDS}{born.pk}/move/", {"up": ""})
    assert list(CustomField.objects.all()) == [born, shirt]
    assert "S\nM" in staff.get(f"{FIELDS}{shirt.pk}/").text
    staff.post(f"{FIELDS}{shirt.pk}/", {"name": "Size", "kind": "choice", "choices": "S"})
    shirt.refresh_from_db()
    assert (shirt.name, shirt.key, shirt.choices) == ("Size", "shirt_size", ["S"])


@pytest.mark.parametrize(
    ("data", "at"),
    [
        ({"name": "", "kind": "text"}, "name"),
        ({"name": "Born", "kind": "text"}, "name"),
        ({"name": "Size", "kind": "choice"}, "choices"),
        ({"name": "Size", "kind": "choices", "choices": "a, b"}, "choices"),
        ({"name": "Size", "kind": "sql"}, "kind"),
    ],
)
def test_what_cannot_be_a_field_is_said_at_its_place(staff, data, at):
    staff.post(f"{FIELDS}new/", {"name": "Born", "kind": "date"})
    answer = staff.post(f"{FIELDS}new/", data)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [at]
    assert CustomField.objects.count() == 1


def test_deleting_says_how_many_lose_a_value_and_asks_for_the_number(staff):
    staff.post(f"{FIELDS}new/", {"name": "Born", "kind": "date"})
    field = CustomField.objects.get()
    people = ContactFactory.create_batch(2, attributes={"born": "1990-04-03"})
    page = f"{FIELDS}{field.pk}/delete/"
    assert "<strong>2</strong> people have a value" in staff.get(page).text
    people.append(ContactFactory(attributes={"born": "1990-04-03"}))
    for number in ("", "2", "x"):
        assert staff.post(page, {"number": number}).status_code == 422
    assert "is deleted" in staff.post(page, {"number": "3"}, follow=True).text
    assert staff.get(f"{FIELDS}{field.pk}/").status_code == 404
    assert custom_fields.drop_values() == 3
    assert not CustomField.every.exists()


def test_a_field_nobody_uses_needs_no_number(staff):
    staff.post(f"{FIELDS}new/", {"name": "Born", "kind": "date"})
    field = CustomField.objects.get()
    assert staff.post(f"{FIELDS}{field.pk}/delete/").status_code == 302
    assert custom_fields.drop_values() == 0
    assert not CustomField.every.exists()
