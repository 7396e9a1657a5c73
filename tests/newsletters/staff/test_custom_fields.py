"""The pages where a campaign says what it wants to know about people."""

import pytest

from newsletters.errors import SegmentRefused
from newsletters.models import CustomField, Mailing, Segment
from newsletters.selectors import segments
from newsletters.services import custom_fields, versions
from newsletters.services.custom_fields import Details
from newsletters.states import MailingState
from tests.factories.newsletters import ContactFactory, MailingFactory, UserFactory

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
    assert "is deleted" in staff.post(page, {"number": " 3 people"}, follow=True).text
    assert staff.get(f"{FIELDS}{field.pk}/").status_code == 404
    assert custom_fields.drop_values() == 3
    assert not CustomField.every.exists()


def test_a_field_nobody_uses_needs_no_number(staff):
    staff.post(f"{FIELDS}new/", {"name": "Born", "kind": "date"})
    field = CustomField.objects.get()
    assert staff.post(f"{FIELDS}{field.pk}/delete/").status_code == 302
    assert custom_fields.drop_values() == 0
    assert not CustomField.every.exists()


def test_whoever_deletes_a_field_reads_who_asks_about_it_and_they_say_so_afterwards(staff):
    field = custom_fields.create(details=Details("Стаж", "text"))
    asked = {"condition": "field_field", "operator": "is", "value": "long"}
    segment = Segment.objects.create(name="Old hands", rule={"not": {"any": [asked]}}, counted=7)
    draft, planned = MailingFactory(name="March letter"), MailingFactory(name="Appeal")
    Mailing.objects.update(audience_rule={"all": [asked]})
    Mailing.objects.filter(pk=planned.pk).update(state=MailingState.SCHEDULED)
    page = f"{FIELDS}{field.pk}/delete/"
    assert "Appeal" in staff.get(page).text
    assert "“Appeal” chooses people by this field" in staff.post(page).text
    Mailing.objects.filter(pk=planned.pk).update(state=MailingState.CANCELLED)
    shown = staff.get(page).text
    assert "segment “Old hands”" in shown
    assert "mailing “March letter”" in shown
    assert staff.post(page).status_code == 302
    segment.refresh_from_db()
    assert segment.counted is None
    assert "a question about “Стаж”, a field that was deleted" in segments.describe(segment.rule)
    with pytest.raises(SegmentRefused, match="“Стаж”, a field that was deleted"):
        segments.people(segment.rule)
    draft.refresh_from_db()
    assert any("“Стаж”" in sentence for sentence in versions.objections(draft))
    # Its key is nobody else's while it is asked about.
    custom_fields.drop_values()
    assert custom_fields.create(details=Details("Город", "text")).key == "field_2"
    Segment.objects.all().delete()
    Mailing.objects.update(audience_rule={})
    custom_fields.drop_values()
    assert custom_fields.create(details=Details("Возраст", "text")).key == "field"
