"""Sending a person what is held of her, and forgetting her, on her page."""

import pytest

from newsletters.addresses import parse, person_key
from newsletters.models import ActKind, Contact, Delivery, StaffAct
from newsletters.services import doubles
from tests.factories.newsletters import ContactFactory, UserFactory

pytestmark = pytest.mark.django_db
RIGHTS = ("newsletters.view_contact", "newsletters.change_contact", "newsletters.delete_contact")


def staff(client, *rights):
    user = UserFactory(permissions=rights)
    client.force_login(user)
    return user


def test_what_is_held_goes_to_the_person_and_is_not_shown_to_staff(client):
    by = staff(client, *RIGHTS)
    person = ContactFactory()
    page = client.get(f"/staff/people/{person.pk}/").text
    assert "Send what we hold" in page
    first = client.post(f"/staff/people/{person.pk}/access/", follow=True).text
    assert "on its way" in first
    assert (
        "within the last hour"
        in client.post(f"/staff/people/{person.pk}/access/", follow=True).text
    )
    assert Delivery.objects.get().address == person.email
    act = StaffAct.objects.get()
    assert (act.kind, act.by, act.details) == (ActKind.SHOWN, by, {})


def test_nobody_is_forgotten_without_a_tick(client):
    staff(client, *RIGHTS)
    person = ContactFactory()
    page = f"/staff/people/{person.pk}/erase/"
    assert "What stays" in client.get(page).text
    answer = client.post(page)
    assert answer.status_code == 422
    assert "Nothing was erased" in answer.text
    assert Contact.objects.exists()
    assert "Forgotten" in client.post(page, {"is_sure": "on"}, follow=True).text
    assert not Contact.objects.exists()
    assert "Forgotten" in client.post(page, {"is_sure": "on"}, follow=True).text
    assert client.get(page).status_code == 404


def test_who_may_only_edit_does_not_erase(client):
    staff(client, *RIGHTS[:2])
    person = ContactFactory()
    assert "Forget this person" not in client.get(f"/staff/people/{person.pk}/").text
    assert client.post(f"/staff/people/{person.pk}/erase/", {"is_sure": "on"}).status_code == 403
    assert Contact.objects.exists()


def test_other_spellings_of_her_mailbox_go_with_her_but_for_who_is_unticked(client):
    by = staff(client, *RIGHTS)
    spelled = (
        "thea.q@gmail.com",
        "theaq+news@gmail.com",
        "theaq+mum@gmail.com",
        "t.heaq@gmail.com",
    )
    thea, news, mum, told = (
        ContactFactory(email=email, person_key=person_key(parse(email))) for email in spelled
    )
    stranger = ContactFactory(email="theaq@gmail.example")
    doubles.say_different(one=told, other=thea)
    page = f"/staff/people/{thea.pk}/erase/"
    shown = client.get(page).text
    for row in (news, mum):
        assert f'value="{row.pk}"' in shown
    assert shown.count(" checked") == 2
    gone_meanwhile = client.post(page, {"is_sure": "on", "also": [news.pk, stranger.pk]})
    assert gone_meanwhile.status_code == 422
    assert Contact.objects.count() == 5
    client.post(page, {"is_sure": "on", "also": [news.pk]})
    assert set(Contact.objects.all()) == {mum, told, stranger}
    audit = StaffAct.objects.filter(kind=ActKind.ERASED)
    assert {(row.contact_id, row.by) for row in audit} == {(thea.pk, by), (news.pk, by)}
    assert all(row.details == {} for row in audit)
