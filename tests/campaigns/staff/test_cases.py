"""Staff keep cases and their timelines; freedom ends the letters."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from campaigns.models import Case, Letter, UrgentAction
from campaigns.services import letters
from campaigns.states import ActionState, LetterState
from newsletters.models import Delivery
from newsletters.states import DeliveryState
from tests.factories.campaigns import ActionFactory, CaseFactory, LetterFactory, today
from tests.factories.newsletters import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    """An organiser's browser."""
    client.force_login(UserFactory(permissions=["campaigns.change_case"]))
    return client


def case_form(*entries, **changes):
    """What the editor sends; an entry is (day, text)."""
    data = {
        "name": "Mira Osk",
        "status": "detained",
        "place": "Prison 4 in Karsh",
        "detained_on": "2025-10-05",
        "entries-TOTAL_FORMS": str(len(entries)),
        "entries-INITIAL_FORMS": "0",
    }
    for at, (day, text) in enumerate(entries):
        data |= {f"entries-{at}-happened_on": day, f"entries-{at}-text": text}
    return data | changes


def picture():
    """A small PNG with a comment in it."""
    out = BytesIO()
    Image.new("RGB", (20, 10), "red").save(out, "PNG")
    return SimpleUploadedFile("mira at 48.2,16.3.png", out.getvalue())


def test_a_case_is_kept_with_its_timeline_and_a_clean_photo(staff, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    form = case_form(("2026-09-02", "First appeal"), ("2026-11-20", "Refused insulin"))
    staff.post(reverse("staff:case_new"), form | {"photo": picture(), "photo_alt": "Mira, smiling"})
    case = Case.objects.get()
    assert [entry.text for entry in case.entries.all()] == ["Refused insulin", "First appeal"]
    assert "48.2" not in str(case.photo)
    assert staff.get(reverse("staff:case", args=[case.pk])).status_code == 200


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required"),
        ({"detained_on": "0001-01-01"}, "after 1900"),
        ({"detained_on": "2999-01-01"}, "has been"),
        ({"detained_on": "2025-02-29"}, "Enter a valid date"),
        ({"status": "released", "ended_on": "2025-10-01"}, "before the arrest"),
        ({"country": "XX"}, "Select a valid choice"),
        ({"entries-0-text": "x" * 301}, "at most 300 characters"),
        ({"photo": SimpleUploadedFile("a.svg", b"<svg onload=alert(1)>")}, "not a picture"),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_saved(staff, changes, sentence):
    page = staff.post(reverse("staff:case_new"), case_form(("2026-01-01", "Moved")) | changes)
    assert page.status_code == 200
    assert sentence in page.text
    assert not Case.objects.exists()


def test_a_case_is_public_only_once_an_action_is(client):
    case = CaseFactory()
    url = reverse("campaigns:case", args=[case.slug])
    action = ActionFactory(case=case, state="draft")
    assert client.get(url).status_code == 404
    UrgentAction.objects.filter(pk=action.pk).update(state="open")
    assert client.get(url).status_code == 200


def test_freedom_closes_the_actions_and_stops_letters_that_have_not_left(staff):
    action = ActionFactory()
    waiting, ready, gone = (LetterFactory(action=action) for _ in range(3))
    letters.confirm(letter=ready)
    letters.confirm(letter=gone)
    Delivery.objects.filter(letter=gone).update(state=DeliveryState.ACCEPTED)

    staff.post(
        reverse("staff:case", args=[action.case.pk]), case_form(status="released", name="Mira Osk")
    )

    action.refresh_from_db()
    assert (action.state, action.letters_total) == (ActionState.CLOSED, 1)
    assert Delivery.objects.get(letter=ready).state == DeliveryState.CANCELLED
    states = dict(Letter.objects.values_list("pk", "state"))
    assert states[ready.pk] == LetterState.STOPPED
    assert states[gone.pk] == LetterState.CONFIRMED
    assert action.case.__class__.objects.get().ended_on == today()
    page = staff.get(reverse("campaigns:action", args=[action.slug])).text
    assert "Mira Osk is free." in page
    late = staff.post(letters.confirm_url(waiting), follow=True)
    assert "The letters have stopped" in late.text
    assert "Mira Osk is free." in late.text
    assert Letter.objects.get(pk=waiting.pk).state == LetterState.PENDING


def test_a_fact_a_model_letter_needs_cannot_be_taken_away(staff):
    action = ActionFactory()
    url = reverse("staff:case", args=[action.case.pk])
    page = staff.post(url, case_form(detained_on=""))
    assert "A model letter tells this" in page.text
    assert Case.objects.get().detained_on == today() - timedelta(days=412)


def test_a_photo_taken_away_is_gone_from_the_disk(
    staff, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.MEDIA_ROOT = tmp_path
    form = case_form() | {"photo": picture(), "photo_alt": "Mira"}
    staff.post(reverse("staff:case_new"), form)
    case = Case.objects.get()
    assert len(list(tmp_path.rglob("*.*"))) == 1
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(reverse("staff:case", args=[case.pk]), case_form(remove_photo="on"))
    assert not Case.objects.get().photo
    assert not list(tmp_path.rglob("*.*"))
