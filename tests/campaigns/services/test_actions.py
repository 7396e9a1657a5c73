"""Opening and closing urgent actions; each move happens once."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.errors import ActionRefused, FactRefused
from campaigns.models import ModelLetter, UrgentAction
from campaigns.selectors import actions as selectors
from campaigns.services import actions
from campaigns.services.actions import Contents
from campaigns.states import ActionState
from campaigns.tasks import close_actions
from tests.factories.campaigns import ActionFactory, CaseFactory, TargetFactory, today

pytestmark = pytest.mark.django_db


def unsaved(title):
    """A new action as the editor makes it."""
    number = UrgentAction.objects.count() + 1
    return UrgentAction(
        title=title, case=CaseFactory(), number=number, year=2026, write_until=today()
    )


def test_the_tick_closes_what_is_over_and_nothing_else():
    over = ActionFactory(write_until=today() - timedelta(days=1))
    still = ActionFactory(write_until=today())
    draft = ActionFactory(write_until=today() - timedelta(days=1), state="draft")
    close_actions()
    close_actions()
    states = dict(UrgentAction.objects.values_list("pk", "state"))
    assert states == {over.pk: "closed", still.pk: "open", draft.pk: "draft"}
    assert UrgentAction.objects.get(pk=over.pk).closed_at


def test_the_form_is_gone_before_the_tick_has_run():
    action = ActionFactory(write_until=today(), time_zone="UTC")
    ends = datetime.combine(today() + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
    assert selectors.is_open(action, ends - timedelta(seconds=1))
    assert not selectors.is_open(action, ends)


def test_closing_twice_closes_once_and_keeps_the_first_outcome():
    action = ActionFactory()
    assert actions.close(action=action, outcome="She saw a doctor.")
    assert not actions.close(action=action, outcome="Something else.")
    assert UrgentAction.objects.get().outcome == "She saw a doctor."


def test_a_closed_action_can_be_opened_again_once_its_day_lies_ahead():
    action = ActionFactory()
    actions.close(action=action)
    action.refresh_from_db()
    assert actions.open_action(action=action)
    assert not actions.open_action(action=action)
    assert UrgentAction.objects.get().state == ActionState.OPEN


def test_an_unknown_fact_is_refused_by_the_service_whatever_form_was_used():
    letter = ModelLetter(language="en", subject="{nmae}", middle="x", foot="y")
    action = unsaved("Let the nurse see a doctor")
    with pytest.raises(FactRefused):
        actions.save(action=action, contents=Contents(letters=[letter]))
    assert not UrgentAction.objects.exists()


def test_a_change_that_would_leave_an_open_action_without_targets_is_undone_whole():
    action = ActionFactory()
    action.title = "Changed"
    with pytest.raises(ActionRefused):
        actions.save(action=action, contents=Contents())
    kept = UrgentAction.objects.get()
    assert kept.title != "Changed"
    assert kept.targets.count() == 1
    assert kept.model_letters.count() == 1


def test_addresses_are_made_from_headlines_in_every_script_and_never_twice():
    for title in ("Свободу медсестре", "Свободу медсестре", "؟؟؟"):
        actions.save(action=unsaved(title), contents=Contents(targets=[TargetFactory()]))
    slugs = list(UrgentAction.objects.order_by("pk").values_list("slug", flat=True))
    assert slugs == ["свободу-медсестре", "свободу-медсестре-2", "urgentaction"]
