"""Fields a campaign makes, and what becomes of the values."""

import pytest

from newsletters.errors import FieldRefused
from newsletters.models import CustomField
from newsletters.selectors import custom_fields as selectors
from newsletters.services import custom_fields as service
from newsletters.services import segments
from newsletters.services.custom_fields import Details
from newsletters.states import MailingState
from tests.factories.newsletters import ContactFactory, MailingFactory
from worker.stopping import stopping

pytestmark = pytest.mark.django_db
SHIRT = Details("Shirt size", "choice", choices=("S", "M"), hint="For the stall.")


def test_a_field_gets_a_key_that_stays_whatever_it_is_called_later():
    field = service.create(details=SHIRT)
    assert (field.key, field.choices, field.position) == ("shirt_size", ["S", "M"], 1)
    service.change(field=field, details=Details("Size", "choice", choices=("S", "M", "L")))
    field.refresh_from_db()
    assert (field.key, field.name, field.choices) == ("shirt_size", "Size", ["S", "M", "L"])
    assert service.create(details=SHIRT).key == "shirt_size_2"


@pytest.mark.parametrize(
    ("details", "code"),
    [
        (Details("Born", "date"), "name"),
        (Details("Size", "choice"), "choices"),
        (Details("Size", "choices", choices=("a;b",)), "choices"),
        (Details("Two\x00lines", "text"), "name"),
    ],
)
def test_what_cannot_be_a_field_is_refused_at_its_place_in_the_form(details, code):
    service.create(details=Details("Born", "date"))
    with pytest.raises(FieldRefused) as caught:
        service.create(details=details)
    assert caught.value.code == code
    assert CustomField.objects.count() == 1


def test_the_kind_stays_once_somebody_has_a_value():
    field = service.create(details=Details("Members", "text"))
    service.change(field=field, details=Details("Members", "number"))
    ContactFactory(attributes={"members": 12})
    field.refresh_from_db()
    with pytest.raises(FieldRefused) as caught:
        service.change(field=field, details=Details("Members", "text"))
    assert caught.value.code == "kind"
    service.change(field=field, details=Details("Member count", "number"))


def test_a_choice_that_a_segment_or_a_mailing_asks_for_is_not_taken_out():
    field = service.create(details=SHIRT)
    asks = {"condition": "field_shirt_size", "operator": "one_of", "value": ["M"]}
    saved = segments.create(
        details=segments.Details("Vests", rule={"all": [{"not": {"any": [asks]}}]})
    )
    small, large = (
        Details("Shirt size", "choice", choices=choices) for choices in (("S",), ("S", "M", "L"))
    )
    with pytest.raises(FieldRefused) as caught:
        service.change(field=field, details=small)
    assert caught.value.code == "choices"
    assert "Vests" in str(caught.value)
    field.refresh_from_db()
    assert field.choices == ["S", "M"]
    service.change(field=field, details=large)
    segments.delete(segment=saved)
    mailing = MailingFactory(audience_rule=asks, state=MailingState.SCHEDULED)
    with pytest.raises(FieldRefused):
        service.change(field=field, details=small)
    mailing.audience_rule = asks | {"value": ["S"]}
    mailing.save()
    service.change(field=field, details=small)
    field.refresh_from_db()
    assert field.choices == ["S"]


def test_fields_change_places_and_the_ends_stay():
    first, second, third = (service.create(details=Details(name, "text")) for name in "ABC")
    for field, up in ((third, True), (first, True), (second, False), (third, True)):
        service.move(field=field, up=up)
    assert [field.name for field in selectors.all_fields()] == ["C", "A", "B"]


def test_a_deleted_field_is_nowhere_at_once_and_its_values_go_in_pieces(monkeypatch):
    monkeypatch.setattr(service, "CHUNK", 2)
    field = service.create(details=SHIRT)
    kept = service.create(details=Details("Born", "date"))
    people = ContactFactory.create_batch(5, attributes={"shirt_size": "S", "born": "2000-01-02"})
    assert service.delete(field=field)
    assert not service.delete(field=field)
    assert selectors.known() == [kept.as_data()]
    # Its name is free while its values are still going, its key is not.
    assert service.create(details=SHIRT).key == "shirt_size_2"
    stopping.set()
    try:
        assert service.drop_values() == 0
    finally:
        stopping.clear()
    assert service.drop_values() == 5
    assert service.drop_values() == 0
    for contact in people:
        contact.refresh_from_db()
        assert contact.attributes == {"born": "2000-01-02"}
    assert not CustomField.every.filter(pk=field.pk).exists()


def test_no_more_fields_than_a_form_can_hold(monkeypatch):
    monkeypatch.setattr(service, "MOST", 1)
    service.create(details=SHIRT)
    with pytest.raises(FieldRefused, match="as many fields"):
        service.create(details=Details("Born", "date"))
