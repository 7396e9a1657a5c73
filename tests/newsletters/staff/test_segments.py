"""The segment pages: built without a script, counted in time, used by mailings."""

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletters.models import Mailing, Segment
from newsletters.services import segments as service
from newsletters.services.segments import Details
from newsletters.states import MailingState
from tests.factories.newsletters import (
    ContactFactory,
    MailingFactory,
    MailingListFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.infra.rings import Rings

pytestmark = pytest.mark.django_db
RUSSIAN = {"condition": "language", "operator": "is", "value": "ru"}
RIGHTS = [f"newsletters.{act}_segment" for act in ("view", "add", "change", "delete")]


@pytest.fixture
def desk(client):
    rights = [*RIGHTS, "newsletters.view_contact", "newsletters.change_mailing"]
    client.force_login(UserFactory(permissions=rights))
    return client


def words(response):
    return " ".join(response.content.decode().split())


def russians(**fields):
    return Segment.objects.create(name="Russian readers", rule={"all": [RUSSIAN]}, **fields)


NEW = {"name": "Near", "joiner-0": "all", "node": ["1:1:language.is"], "value-1-0": "ru"}


def test_a_segment_is_built_with_a_group_and_without_a_script(desk):
    page = reverse("staff:segment_new")
    built = desk.post(page, {"name": "Near", "do": "add:0", "new-0": "country.one_of"})
    assert "lives in one of …" in words(built)
    assert built.context["form"].initial["name"] == "Near"
    parts = {"name": "Near", "node": ["1:1:country.one_of"], "has-1-0": "1"}
    parts["value-1-0"] = ["AT", "DE"]
    built = desk.post(page, {**parts, "do": "group:0"}).context["rule"]
    assert [part.is_group for part in built.root.parts if hasattr(part, "is_group")] == [True]
    parts |= {"node": ["1:1:country.one_of", "2:1:group"], "joiner-2": "none"}
    built = desk.post(page, {**parts, "do": "add:2", "new-2": "language.is"})
    assert built.context["rule"].rows()[1].depth == 2
    parts["node"] = [*parts["node"], "3:2:language.is"]
    wrong = desk.post(page, {**parts, "value-3-0": ""})
    assert wrong.status_code == 422
    assert "Choose one of the values offered." in words(wrong)
    assert not Segment.objects.exists()
    assert desk.post(page, {**parts, "value-3-0": "ru"}).status_code == 302
    assert Segment.objects.get().rule == {
        "all": [
            {"condition": "country", "operator": "one_of", "value": ["AT", "DE"]},
            {"not": {"any": [RUSSIAN]}},
        ]
    }
    shown = words(desk.get(reverse("staff:segments")))
    assert "lives in one of Austria, Germany and not (has the language Russian)" in shown
    assert "being counted" in shown


def test_a_dropped_group_goes_with_what_is_in_it(desk):
    data = {
        "name": "x",
        "node": ["1:1:group", "2:2:language.is", "3:1:language.is"],
        "value-3-0": "ru",
        "do": "drop:1",
    }
    rule = desk.post(reverse("staff:segment_new"), data).context["rule"]
    assert rule.as_data() == {"all": [RUSSIAN]}


def test_groups_nest_as_deep_as_a_rule_may(desk):
    nodes = [f"{number}:{number}:group" for number in range(1, 5)]
    data = {"name": "x", "node": [*nodes, "9:8:language.is"], "value-9-0": "ru"}
    deeper = desk.post(reverse("staff:segment_new"), data)
    assert deeper.status_code == 422
    assert "This cannot be asked. Take it out." in words(deeper)
    data["node"] = [node for node in data["node"] if node != "4:4:group"]
    assert desk.post(reverse("staff:segment_new"), data).status_code == 302
    assert Segment.objects.get().rule == {"all": [{"all": [{"all": [{"all": [RUSSIAN]}]}]}]}


@pytest.mark.parametrize(
    "data",
    [{}, {"name": ""}, {"name": "Two\nlines"}, {"node": ["1:1:sql.is"]}, {"value-1-0": "xx"}],
)
def test_what_cannot_be_a_segment_is_not_saved_and_not_lost(data, desk):
    sent = {**NEW, "description": "kept words", **data} if data else {"description": "kept words"}
    answer = desk.post(reverse("staff:segment_new"), sent)
    assert answer.status_code == 422
    assert "kept words" in words(answer)
    assert not Segment.objects.exists()


def test_the_number_ten_of_them_and_the_rule_in_words(desk):
    ContactFactory.create_batch(11, language="ru", given_name="Rada")
    ContactFactory(language="en", given_name="Emil")
    shown = words(desk.post(reverse("staff:segment_count"), NEW))
    assert "11 people" in shown
    assert "Somebody who has the language Russian." in shown
    assert shown.count("Rada") == 10
    assert "Emil" not in shown


def test_who_may_not_see_people_sees_the_number_alone(client):
    ContactFactory(language="ru", given_name="Rada")
    client.force_login(UserFactory(permissions=["newsletters.view_segment"]))
    shown = words(client.post(reverse("staff:segment_count"), NEW))
    assert "1 person" in shown
    assert "Rada" not in shown


def test_a_slow_count_says_so_and_asks_again_by_itself(desk, monkeypatch):
    ContactFactory.create_batch(30, language="ru")
    monkeypatch.setattr("newsletters.staff.segments.QUICK_S", -1.0)
    monkeypatch.setattr("newsletters.selectors.patience.STEPS", 1)
    shown = words(desk.post(reverse("staff:segment_count"), NEW))
    if "Still counting" not in shown:
        # PostgreSQL's shortest limit is a millisecond, and this may be over by then.
        assert "30 people" in shown
        return
    assert "About 30 people" in shown
    assert 'hx-vals=\'{"patient": "1"}\'' in shown
    assert "30 people" in words(desk.post(reverse("staff:segment_count"), {**NEW, "patient": "1"}))


def test_many_segments_cost_few_queries(desk, django_assert_max_num_queries):
    chosen = str(MailingListFactory().pk)
    on_list = {"condition": "on_list", "operator": "is", "value": chosen}
    for number in range(40):
        Segment.objects.create(name=f"Segment {number}", rule={"any": [on_list, RUSSIAN]})
    with django_assert_max_num_queries(12):
        desk.get(reverse("staff:segments"))


def test_segments_are_counted_once_a_day_by_a_job(rung: Rings):
    ContactFactory.create_batch(2, language="ru")
    made = service.create(details=Details("Readers", rule={"all": [RUSSIAN]}))
    broken = Segment.objects.create(name="Broken", rule={"all": [{**RUSSIAN, "condition": "x"}]})
    assert service.count_due() == 2
    assert service.count_due() == 0
    made.refresh_from_db()
    broken.refresh_from_db()
    assert (made.counted, broken.counted) == (2, None)
    assert broken.counted_at
    service.change(segment=made, details=Details("Readers", rule={"any": [RUSSIAN]}))
    assert made.counted_at is None
    # A count of the rule as it was before does not become the number of the new one.
    old = Segment.objects.get(pk=made.pk)
    old.changed_at = timezone.now()
    assert not service._note(old, 7)


@pytest.mark.parametrize(
    "sent",
    [
        {"condition-1": "language"},
        {"node": ["one:1:language.is"]},
        {"node": [], "value-1-0": "ru"},
        {"joiner-0": "some"},
        {"node": ["1:1:group"], "joiner-1": "x"},
        {"node": ["1:1:language.is"] * 101},
    ],
)
def test_what_is_none_of_our_parts_never_means_no_condition(sent, desk):
    chosen, mailing = MailingListFactory(), MailingFactory()
    pages = {
        reverse("staff:segment_new"): {"name": "Near"},
        reverse("staff:mailing_audience", args=[mailing.pk]): {"lists": [chosen.pk]},
    }
    for page, data in pages.items():
        answer = desk.post(page, data | sent)
        assert answer.status_code == 422
        assert "This cannot be asked. Take it out." in words(answer)
    assert not Segment.objects.exists()
    assert not mailing.lists.exists()


def test_a_segment_a_planned_mailing_uses_stays_and_a_draft_follows_it(desk):
    found = russians()
    mailing = MailingFactory(name="March appeal", segment=found, audience_rule=found.rule)
    page = reverse("staff:segment_delete", args=[found.pk])
    assert "March appeal" in words(desk.get(page))
    assert "“March appeal” is meant for this segment" in words(desk.post(page, follow=True))
    service.change(segment=found, details=Details("x", rule={"any": [RUSSIAN]}))
    mailing.refresh_from_db()
    assert mailing.audience_rule == {"any": [RUSSIAN]}
    Mailing.objects.update(state=MailingState.APPROVED)
    service.change(segment=found, details=Details("x", rule={"all": [RUSSIAN]}))
    mailing.refresh_from_db()
    assert mailing.audience_rule == {"any": [RUSSIAN]}
    Mailing.objects.update(state=MailingState.SENT)
    assert desk.post(page).status_code == 302
    assert not Segment.objects.exists()
    mailing.refresh_from_db()
    assert mailing.segment is None
    assert mailing.audience_rule == {"any": [RUSSIAN]}


def test_a_mailing_takes_a_saved_segment(desk):
    found = russians()
    chosen = MailingListFactory()
    for language in ("ru", "en"):
        SubscriptionFactory(mailing_list=chosen, contact=ContactFactory(language=language))
    mailing = MailingFactory()
    page = reverse("staff:mailing_audience", args=[mailing.pk])
    data = {"lists": [chosen.pk], "segment": str(found.pk)}
    assert "1 person" in words(desk.post(page, {**data, "do": "count"}))
    shown = words(desk.post(page, {**data, "do": "segment"}))
    assert "has the language Russian" in shown
    assert desk.post(page, data).status_code == 302
    mailing.refresh_from_db()
    assert (mailing.segment, mailing.audience_rule) == (found, found.rule)
    assert desk.get(page).context["form"].initial["segment"] == found.pk
    assert desk.post(page, {**data, "segment": "999"}).status_code == 422


@pytest.mark.once
def test_a_refused_segment_says_at_the_top_what_to_mend_and_where(desk):
    wrong = desk.post(reverse("staff:segment_new"), {**NEW, "name": "", "value-1-0": ""})
    for part in ('href="#id_name"', 'href="#part-1"', "Give the segment a name", "Choose one of"):
        assert part in wrong.text


@pytest.mark.once
@pytest.mark.parametrize(
    ("pressed", "goes_on"),
    [
        ({"do": "add:0", "new-0": "country.one_of"}, ' autofocus name="value-2-0" value="AF"'),
        ({"do": "add:0", "new-0": "on_list.none"}, '<button class="link" autofocus'),
        ({"do": "group:0"}, '<select id="new-2" autofocus'),
        ({"do": "drop:1"}, '<select id="new-0" autofocus'),
    ],
)
def test_after_a_button_the_keyboard_goes_on_where_there_is_something_to_do(pressed, goes_on, desk):
    page = desk.post(reverse("staff:segment_new"), {**NEW, **pressed}).text
    assert page.count("autofocus") == 1
    assert goes_on in page
