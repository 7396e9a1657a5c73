"""Staff write, open and close urgent actions through their pages."""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns.models import UrgentAction
from campaigns.states import ActionState, CaseStatus
from tests.factories.campaigns import (
    MIDDLE,
    ActionFactory,
    CaseFactory,
    LetterFactory,
    ModelLetterFactory,
    TargetFactory,
    today,
)
from tests.factories.newsletters import UserFactory

pytestmark = pytest.mark.django_db

NEW = "staff:action_new"


@pytest.fixture
def staff(client):
    """An organiser's browser."""
    permissions = ["change_urgentaction", "change_case", "change_target"]
    client.force_login(UserFactory(permissions=[f"campaigns.{name}" for name in permissions]))
    return client


def letters_form(*letters, had=0):
    """The part of the form with the model letters; each a dict of what differs."""
    data = {"letters-TOTAL_FORMS": str(len(letters)), "letters-INITIAL_FORMS": str(had)}
    for at, changes in enumerate(letters):
        letter = {
            "target": "",
            "language": "en",
            "subject": "A doctor for {name}",
            "middle": MIDDLE,
            "foot": "Yours faithfully,",
            **changes,
        }
        data |= {f"letters-{at}-{name}": value for name, value in letter.items()}
    return data


def action_form(case, targets, **changes):
    """What the editor sends."""
    return {
        "case": case.pk,
        "title": "Let the nurse see a doctor",
        "summary": "She is refused insulin.",
        "demands": "A doctor.\nFreedom.",
        "write_until": (today() + timedelta(days=9)).isoformat(),
        "time_zone": "Europe/Vienna",
        "targets": [target.pk for target in targets],
        "number": "12",
        "year": "2026",
        "issue": "1",
        **letters_form({}),
        **changes,
    }


def test_an_action_is_written_opened_and_seen_by_everybody(staff):
    target = TargetFactory()
    staff.post(reverse(NEW), action_form(CaseFactory(), [target]))
    action = UrgentAction.objects.get()
    assert action.state == ActionState.DRAFT
    assert list(action.targets.all()) == [target]
    assert action.model_letters.get().middle == MIDDLE
    public = reverse("campaigns:action", args=[action.slug])
    assert staff.get(public).status_code == 404

    staff.post(reverse("staff:action_open", args=[action.pk]))

    assert "Let the nurse see a doctor" in staff.get(public).text
    assert UrgentAction.objects.get().opened_at


def test_nothing_turns_the_letters_of_a_model_letter_around(staff):
    turned = {"subject": "\u202eFree {na\u2066me}\u200f", "foot": "Yours,\u2067"}
    staff.post(reverse(NEW), action_form(CaseFactory(), [TargetFactory()], **letters_form(turned)))
    letter = UrgentAction.objects.get().model_letters.get()
    assert (letter.subject, letter.foot) == ("Free {name}\u200f", "Yours,")


def test_an_unknown_fact_is_refused_at_its_field_with_the_nearest_one(staff):
    form = action_form(CaseFactory(), [TargetFactory()])
    form |= letters_form({"middle": MIDDLE.replace("days_held", "days_hold")})
    page = staff.post(reverse(NEW), form)
    assert "There is no fact {days_hold}. Did you mean {days_held}?" in page.text
    assert not UrgentAction.objects.exists()
    assert "She is refused insulin." in page.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"write_until": "9999-12-31"}, "more than two years away"),
        ({"write_until": "0001-01-01"}, "long over"),
        ({"write_until": "30 February"}, "Enter a valid date"),
        ({"time_zone": "../../etc/passwd"}, "Select a valid choice"),
        ({"number": "0"}, "greater than or equal to 1"),
        ({"number": "99999999999999999999"}, "less than or equal to 99999"),
        ({"title": ""}, "This field is required"),
        ({"title": "a\x00b"}, "Null characters are not allowed"),
        ({"letters-0-middle": "Too short."}, "at least 60 characters"),
        ({"letters-0-foot": "Yours, {"}, "single { or }"),
        ({"letters-0-subject": "\u202d\u2068"}, "This field is required"),
        ({"letters-0-subject": "Free her\r\nBcc: x@y.example"}, "must stay on one line"),
        ({"letters-0-language": "xx"}, "Select a valid choice"),
        ({"case": "999999"}, "Select a valid choice"),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_saved(staff, changes, sentence):
    page = staff.post(reverse(NEW), action_form(CaseFactory(), [TargetFactory()]) | changes)
    assert page.status_code == 200
    assert sentence in page.text
    assert not UrgentAction.objects.exists()


def test_a_number_that_exists_is_refused(staff):
    ActionFactory(number=12, year=2026)
    page = staff.post(reverse(NEW), action_form(CaseFactory(), []))
    assert "already exists" in page.text
    assert UrgentAction.objects.count() == 1


def test_two_letters_in_one_language_for_the_same_target_are_refused(staff):
    form = action_form(CaseFactory(), [TargetFactory()]) | letters_form({}, {})
    assert "two letters for this target in this language" in staff.post(reverse(NEW), form).text


def test_letters_may_swap_their_languages_and_be_taken_away(staff):
    action = ActionFactory(letters=["en", "de", "fr"])
    url = reverse("staff:action", args=[action.pk])
    form = action_form(action.case, action.targets.all(), number=action.number) | letters_form(
        {"language": "de", "subject": "was English"},
        {"language": "en", "subject": "was German"},
        {"language": "fr", "DELETE": "on"},
        had=3,
    )
    assert staff.post(url, form).status_code == 302
    assert dict(action.model_letters.values_list("language", "subject")) == {
        "de": "was English",
        "en": "was German",
    }


def test_letters_nobody_touched_stay_and_an_empty_form_is_no_letter(staff):
    action = ActionFactory(letters=["en", "de"])
    empty = {"subject": "", "middle": "", "foot": ""}
    form = action_form(action.case, action.targets.all(), number=action.number, title="Changed")
    form |= letters_form({"language": "de"}, {}, empty, had=2)
    answer = staff.post(reverse("staff:action", args=[action.pk]), form)
    assert answer.status_code == 302
    assert UrgentAction.objects.get().title == "Changed"
    assert set(action.model_letters.values_list("language", flat=True)) == {"en", "de"}


def test_an_open_action_cannot_lose_what_supporters_need(staff):
    action = ActionFactory()
    url = reverse("staff:action", args=[action.pk])
    form = action_form(action.case, [], number=action.number, title="Changed")
    page = staff.post(url, form)
    assert "Choose at least one target" in page.text
    assert UrgentAction.objects.get().title != "Changed"
    assert action.targets.count() == 1


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: ActionFactory(state="draft", targets=[]), "at least one target"),
        (lambda: ActionFactory(state="draft", letters=[]), "There is no model letter for"),
        (
            lambda: ActionFactory(state="draft", write_until=today() - timedelta(days=2)),
            "This day is over",
        ),
        (
            lambda: ActionFactory(state="draft", case__status=CaseStatus.RELEASED),
            "This case has ended",
        ),
        (lambda: ActionFactory(state="draft", case__detained_on=None), "uses {days_held}"),
    ],
)
def test_what_is_missing_is_told_before_an_action_opens(staff, build, sentence):
    action = build()
    page = staff.post(reverse("staff:action_open", args=[action.pk]), follow=True)
    assert sentence in page.text
    assert UrgentAction.objects.get().state == ActionState.DRAFT


def test_closing_shows_the_outcome_and_it_can_be_written_later(staff):
    action = ActionFactory()
    close = reverse("staff:action_close", args=[action.pk])
    staff.post(close, {"outcome": "She saw a doctor."})
    public = reverse("campaigns:action", args=[action.slug])
    page = staff.get(public).text
    assert "This urgent action is closed." in page
    assert "She saw a doctor." in page
    assert "Send from here" not in page
    staff.post(close, {"outcome": "She saw two doctors."})
    assert "She saw two doctors." in staff.get(public).text


def test_a_dead_target_is_named_on_the_page(staff):
    target = TargetFactory(dead_since="2026-01-01T00:00Z")
    action = ActionFactory(targets=[target, TargetFactory()])
    page = staff.get(reverse("staff:action", args=[action.pk]))
    assert "Mail to these targets comes back" in page.text
    assert str(target) in page.text
    assert "1 target cannot be reached" in staff.get(reverse("staff:actions")).text


def test_names_that_look_like_code_are_only_text(staff):
    case = CaseFactory(name="<script>alert(1)</script>{{7*7}}{% debug %}")
    action = ActionFactory(case=case, title="<script>x</script>")
    LetterFactory(action=action)
    for url in (
        reverse("staff:actions"),
        reverse("staff:action", args=[action.pk]),
        reverse("staff:cases"),
        reverse("staff:case", args=[case.pk]),
        reverse("campaigns:action", args=[action.slug]),
        reverse("campaigns:case", args=[case.slug]),
    ):
        page = staff.get(url).text
        assert "<script>alert" not in page
        assert "<script>x" not in page


def test_the_list_costs_the_same_however_long_it_is(staff, django_assert_max_num_queries):
    for _number in range(12):
        ActionFactory()
    with django_assert_max_num_queries(8):
        assert staff.get(reverse("staff:actions")).status_code == 200


def test_a_target_may_have_its_own_letter(staff):
    action = ActionFactory()
    other = TargetFactory(office="Minister of Justice")
    action.targets.add(other)
    ModelLetterFactory(action=action, target=other, subject="Minister, a word")
    page = staff.get(reverse("campaigns:action", args=[action.slug]), {"to": other.pk})
    assert "Minister, a word" in page.text


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("actions", {}),
        ("action_new", {}),
        ("action", {"pk": 1}),
        ("action_open", {"pk": 1}),
        ("action_close", {"pk": 1}),
        ("cases", {}),
        ("case_new", {}),
        ("case", {"pk": 1}),
        ("targets", {}),
        ("target_new", {}),
        ("target", {"pk": 1}),
    ],
)
def test_strangers_are_sent_to_the_login_and_others_told_no(client, name, kwargs):
    url = reverse(f"staff:{name}", kwargs=kwargs)
    assert client.get(url)["Location"].startswith(reverse("login"))
    assert client.post(url)["Location"].startswith(reverse("login"))
    client.force_login(UserFactory())
    assert client.get(url).status_code == 403
