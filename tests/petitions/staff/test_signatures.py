"""Staff look at signatures and take out what does not belong there."""

import pytest
from django.test import Client
from django.urls import reverse

from petitions.models import Signature
from petitions.services import counting
from petitions.staff.urls import urlpatterns
from petitions.states import SignatureState
from tests.factories.newsletters import UserFactory
from tests.factories.petitions import PetitionFactory, SignatureFactory


@pytest.fixture
def desk(db):
    """A browser logged in as somebody who may work on signatures."""
    client = Client()
    permissions = ["petitions.view_signature", "petitions.change_signature"]
    client.force_login(UserFactory(permissions=permissions))
    return client


def addresses():
    values = {"pk": 1, "state": "open", "language": "en", "move": "out"}
    for pattern in urlpatterns:
        names = pattern.pattern.converters
        yield reverse(f"staff:{pattern.name}", kwargs={name: values[name] for name in names})


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_staff_address_turns_strangers_away_and_refuses_who_has_no_permission(db, method):
    nobody = Client()
    nobody.force_login(UserFactory())
    for address in addresses():
        assert getattr(Client(), method)(address)["Location"].startswith("/staff/login/")
        assert getattr(nobody, method)(address).status_code == 403


def test_addresses_are_masked_and_states_can_be_picked(desk):
    petition = PetitionFactory()
    SignatureFactory(petition=petition, name="Ann Counted", email="ann@example.org")
    SignatureFactory(petition=petition, name="Lev Waiting", state=SignatureState.PENDING)
    path = f"/staff/petitions/{petition.pk}/signatures/"
    page = desk.get(path).content.decode()
    assert "a…@e….org" in page
    assert "ann@example.org" not in page
    assert "Lev Waiting" in page
    assert "Lev Waiting" not in desk.get(path, {"state": "counted"}).content.decode()
    assert desk.get(path, {"state": "\x00", "page": "x"}).status_code == 200


def test_what_signers_typed_is_shown_as_text(desk):
    petition = PetitionFactory()
    SignatureFactory(petition=petition, name="<img src=x>", comment="<script>alert(1)</script>")
    page = desk.get(f"/staff/petitions/{petition.pk}/signatures/").content.decode()
    assert "<img src=x>" not in page
    assert "<script>alert" not in page


def test_a_signature_is_taken_out_and_put_back_and_the_total_follows(desk):
    row = SignatureFactory()
    counting.count()
    desk.post(f"/staff/signatures/{row.pk}/out/")
    counting.count()
    row.petition.refresh_from_db()
    assert row.petition.total == 0
    page = desk.post(f"/staff/signatures/{row.pk}/out/", follow=True).content.decode()
    assert "has changed meanwhile" in page
    desk.post(f"/staff/signatures/{row.pk}/back/")
    counting.count()
    row.petition.refresh_from_db()
    assert row.petition.total == 1
    assert desk.post(f"/staff/signatures/{row.pk}/sideways/").status_code == 404


def test_a_signature_taken_out_before_it_was_confirmed_waits_again_when_put_back(desk):
    row = SignatureFactory(state=SignatureState.PENDING)
    desk.post(f"/staff/signatures/{row.pk}/out/")
    desk.post(f"/staff/signatures/{row.pk}/back/")
    assert Signature.objects.get().state == SignatureState.PENDING


def test_what_the_limits_set_aside_can_be_counted_after_all(desk):
    petition = PetitionFactory()
    SignatureFactory.create_batch(
        3, petition=petition, state=SignatureState.IGNORED, doubt="network"
    )
    path = f"/staff/petitions/{petition.pk}/signatures/"
    assert "Count these 3 after all" in desk.get(path).content.decode()
    desk.post(f"{path}count/")
    counting.count()
    petition.refresh_from_db()
    assert petition.total == 3
    assert "after all" not in desk.get(path).content.decode()


def test_the_list_is_paged_and_needs_few_queries(desk, django_assert_max_num_queries):
    petition = PetitionFactory()
    SignatureFactory.create_batch(60, petition=petition)
    with django_assert_max_num_queries(10):
        page = desk.get(f"/staff/petitions/{petition.pk}/signatures/").content.decode()
    assert page.count('action="/staff/signatures/') == 50
