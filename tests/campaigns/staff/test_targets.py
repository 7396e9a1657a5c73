"""Staff keep the offices supporters write to."""

import pytest
from django.urls import reverse

from campaigns.models import Target
from campaigns.services import targets
from tests.factories.campaigns import TargetFactory
from tests.factories.newsletters import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    """An organiser's browser."""
    client.force_login(UserFactory(permissions=["campaigns.change_target"]))
    return client


def target_form(**changes):
    """What the editor sends."""
    return {
        "office": "Governor of Prison 4",
        "name": "Ilan Tarn",
        "email": "Governor@Prisons.Example",
        "postal_address": "12 Harbour Road",
        "salutation_en": "Dear Governor Tarn,",
        "salutation_ar": "سيادة المحافظ،",
        **changes,
    }


def test_a_target_is_kept_with_its_salutations(staff):
    staff.post(reverse("staff:target_new"), target_form())
    target = Target.objects.get()
    assert target.email == "Governor@prisons.example".lower()
    assert target.salutations == {"en": "Dear Governor Tarn,", "ar": "سيادة المحافظ،"}
    assert "Dear Governor Tarn," in staff.get(reverse("staff:target", args=[target.pk])).text


def test_nothing_turns_the_letters_of_an_office_around_and_the_marks_of_arabic_stay(staff):
    turned = "\u202eGov\u2066ernor\u200f \u202a"
    form = target_form(office=turned, name=turned, salutation_en=turned)
    staff.post(reverse("staff:target_new"), form)
    target = Target.objects.get()
    assert [target.office, target.name, target.salutations["en"]] == ["Governor\u200f"] * 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "a@b.example, c@d.example"}, "more than one address"),
        ({"email": '"a@evil.example x"@b.example'}, "one address"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "There is"),
        ({"email": "", "postal_address": ""}, "Give an e-mail address or a postal address"),
        ({"office": ""}, "This field is required"),
        ({"office": "\u202e \u2069"}, "This field is required"),
        ({"office": "Governor\r\nBcc: x@y.example"}, "must stay on one line"),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_saved(staff, changes, sentence):
    page = staff.post(reverse("staff:target_new"), target_form(**changes))
    assert page.status_code == 200
    assert sentence in page.text
    assert not Target.objects.exists()


def test_a_dead_target_lives_again_with_a_new_address_or_by_a_button(staff):
    one, two = TargetFactory(), TargetFactory()
    for target in (one, two):
        targets.mark_dead(address=target.email, reason="550 5.1.1 no such user")
    page = staff.get(reverse("staff:target", args=[one.pk]))
    assert "mail to this office comes back" in page.text
    assert "550 5.1.1 no such user" in page.text
    staff.post(reverse("staff:target", args=[one.pk]), target_form())
    staff.post(reverse("staff:target", args=[two.pk]), {"revive": "yes"})
    assert not Target.objects.exclude(dead_since=None).exists()


def test_saving_a_dead_target_with_the_same_address_leaves_it_dead(staff):
    target = TargetFactory(email="governor@prisons.example")
    targets.mark_dead(address=target.email, reason="550 5.1.1")
    staff.post(reverse("staff:target", args=[target.pk]), target_form())
    assert Target.objects.get().dead_since
