"""What visitors see of urgent actions and cases."""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns.models import UrgentAction
from campaigns.services import targets
from tests.factories.campaigns import (
    ActionFactory,
    CaseFactory,
    ModelLetterFactory,
    TargetFactory,
    today,
)

pytestmark = pytest.mark.django_db


def shown(client, action, **query):
    """The page of the action."""
    return client.get(reverse("campaigns:action", args=[action.slug]), query).text


def test_the_list_has_open_actions_first_and_closed_ones_below(
    client, django_assert_max_num_queries
):
    for day in (5, 2, 9):
        ActionFactory(write_until=today() + timedelta(days=day), title=f"In {day} days")
    ActionFactory(state="closed", title="Closed one")
    ActionFactory(state="draft", title="Not yet")
    with django_assert_max_num_queries(3):
        page = client.get(reverse("campaigns:actions")).text
    places = [page.index(title) for title in ("In 2 days", "In 5 days", "In 9 days", "Closed one")]
    assert places == sorted(places)
    assert "Not yet" not in page


def test_an_empty_list_says_so(client):
    assert "Nobody needs a letter today" in client.get(reverse("campaigns:actions")).text


def test_the_page_tells_case_demands_deadline_and_the_letter(client, django_assert_max_num_queries):
    action = ActionFactory()
    with django_assert_max_num_queries(8):
        page = shown(client, action)
    day = f"{action.write_until:%-d %B}"
    for words in (
        f"write until {day}",
        "10 days left",
        "412",
        "nurse and union delegate",
        "That she is released.",
        "Dear Governor Tarn,",
        "Yours faithfully,",
        "Inciting an illegal strike",
    ):
        assert words in page


def test_the_page_may_be_kept_by_a_cache_and_sets_no_cookie(client):
    answer = client.get(reverse("campaigns:action", args=[ActionFactory().slug]))
    assert "public" in answer["Cache-Control"]
    assert not answer.cookies


def test_target_and_language_are_chosen_by_links(client):
    action = ActionFactory(targets=[TargetFactory(), TargetFactory()], letters=["en", "de"])
    other = action.targets.last()
    page = shown(client, action, to=other.pk, **{"in": "de"})
    assert "Sehr geehrter Herr Tarn," in page
    assert f'name="target" value="{other.pk}"' in page


@pytest.mark.parametrize("query", [{"to": "x"}, {"to": "99999999999999999999"}, {"in": "../etc"}])
def test_a_choice_that_does_not_exist_falls_back_to_the_first(client, query):
    assert "Dear Governor Tarn," in shown(client, ActionFactory(), **query)


def test_a_letter_in_persian_runs_from_right_to_left(client):
    action = ActionFactory(letters=[])
    ModelLetterFactory(action=action, language="fa", foot="با احترام")
    assert '<p class="locked" lang="fa" dir="rtl">با احترام</p>' in shown(client, action)


def test_dead_targets_are_left_out_and_none_left_is_said_kindly(client):
    action = ActionFactory(targets=[TargetFactory(office="Ministry"), TargetFactory()])
    dead = action.targets.get(office="Ministry")
    targets.mark_dead(address=dead.email, reason="550 5.1.1")
    assert "Ministry" not in shown(client, action)
    targets.mark_dead(address=action.targets.exclude(pk=dead.pk).get().email, reason="550 5.1.1")
    assert "None of the offices can be reached" in shown(client, action)


def test_a_target_without_mail_can_only_be_written_to_on_paper(client):
    page = shown(client, ActionFactory(targets=[TargetFactory(email="")]))
    assert "Print and post" in page
    assert "Send from here" not in page


def test_a_sensitive_case_warns_before_the_letter(client):
    page = shown(client, ActionFactory(case__is_sensitive=True, case__country="NO"))
    assert "If you have family in Norway, read this first" in page
    assert page.index("read this first") < page.index("<textarea")
    assert "read this first" not in shown(client, ActionFactory())


def test_after_the_last_day_the_form_is_gone(client):
    action = ActionFactory(write_until=today() - timedelta(days=1))
    page = shown(client, action)
    assert "This urgent action is closed." in page
    assert "<form" not in page


def test_appeals_are_linked_both_ways_once_they_are_public(client):
    first = ActionFactory(title="First appeal")
    second = ActionFactory(title="Second appeal", previous=first, issue=2, state="draft")
    assert "Second appeal" not in shown(client, first)
    UrgentAction.objects.filter(pk=second.pk).update(state="open")
    assert "Second appeal" in shown(client, first)
    assert "First appeal" in shown(client, second)
    assert "appeal no. 2" in shown(client, second)


def test_small_totals_are_not_shown(client):
    action = ActionFactory(letters_total=4)
    assert "sent from here so far" not in shown(client, action)
    UrgentAction.objects.update(letters_total=1240)
    assert "1,240 letters have been sent from here so far." in shown(client, action)


@pytest.mark.parametrize("path", ["/urgent-actions/no/", "/urgent-actions/%00/", "/cases/%00/"])
def test_what_does_not_exist_is_not_found(client, path):
    CaseFactory()
    assert client.get(path).status_code == 404


def test_no_page_holds_inline_style_or_script(client):
    action = ActionFactory(case__is_sensitive=True)
    for url in ("campaigns:action", "campaigns:letter_sent"):
        page = client.get(reverse(url, args=[action.slug])).text
        assert "style=" not in page
        assert "<script" not in page
