"""Rules: what they mean together, what they say, and that no other rule is ever asked."""

import json
import string
import time

import pytest
from django.db import connection
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletters.errors import SegmentRefused, TookTooLong
from newsletters.models import Contact, CustomField, MailingList, TrackedLink
from newsletters.ports import Takes, conditions
from newsletters.selectors import segment_counts, segments
from newsletters.selectors.patience import at_most
from newsletters.staff import segment_rows
from newsletters.states import MailingState
from tests.factories.newsletters import (
    ContactFactory,
    MailingFactory,
    MailingListFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db
FUZZ = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def language(code, operator="is"):
    return {"condition": "language", "operator": operator, "value": code}


def emails(rule):
    return sorted(row.email.partition("@")[0] for row in segments.people(rule))


def deep(levels):
    rule = {"any": [language("ru")]}
    for _level in range(levels - 1):
        rule = {"all": [rule]}
    return rule


def test_groups_and_nots_mean_what_they_say():
    for code in ("en", "ru", "kk"):
        ContactFactory(email=f"{code}@example.org", language=code)
    both = {"any": [language("en"), language("ru")]}
    assert emails(both) == ["en", "ru"]
    assert emails({"not": both}) == ["kk"]
    assert emails({"all": [both, {"not": language("ru")}]}) == ["en"]
    assert emails({"not": {"all": [language("en"), language("ru")]}}) == ["en", "kk", "ru"]
    assert emails({}) == emails(None) == emails({"all": []}) == ["en", "kk", "ru"]


def test_a_rule_is_read_back_in_words():
    chosen = MailingListFactory(name="Letters")
    rule = {
        "all": [
            {"condition": "on_list", "operator": "joined_within", "value": [str(chosen.pk), "30"]},
            {"not": {"any": [language("ru"), language("kk")]}},
            {"any": [language(["en", "de"], "one_of"), {**language("x"), "condition": "gone"}]},
            {"condition": "profile", "operator": "came_before", "value": "2026-11-02"},
        ]
    }
    assert segments.describe(rule) == (
        "joined Letters in the last 30 days and is still on it"
        " and not (has the language Russian or has the language Kazakh)"
        " and (has one of the languages English, German"
        " or answers to a condition that no longer exists)"
        " and came to us before 2 November 2026"
    )


@pytest.mark.parametrize(
    "rule",
    [
        [],
        0,
        "",
        {"all": {}},
        {"any": []},
        {"all": [{"any": []}]},
        {"all": [], "any": []},
        {"not": {"not": language("ru")}},
        {"not": {}},
        {**language("ru"), "sql": "1"},
        language(1),
        language([["ru"]]),
        language(["ru", "en"]),
        language([], "one_of"),
        language(["en"] * 101, "one_of"),
        language("ru", "like"),
        language("ru", ["is"]),
        {**language("ru"), "condition": ["language"]},
        {**language("ru"), "condition": "password__startswith"},
        {"condition": "postcode", "operator": "begins", "value": "a\x00"},
        {"condition": "postcode", "operator": "begins", "value": "\ud800"},
        {"condition": "postcode", "operator": "begins", "value": "a" * 201},
        {"condition": "profile", "operator": "came_within", "value": "²"},
        {"condition": "profile", "operator": "came_within", "value": "99999"},
        {"condition": "profile", "operator": "came_before", "value": "0001-01-01"},
        {"condition": "on_list", "operator": "is", "value": "1 OR 1=1"},
        {"condition": "on_list", "operator": "joined_within", "value": "1"},
        {"all": [language("ru")] * 21},
        deep(6),
        json.loads('{"all":[' * 90 + "{}" + "]}" * 90),
    ],
)
def test_any_other_rule_is_refused(rule):
    with pytest.raises(SegmentRefused):
        segments.compile_rule(rule)
    assert isinstance(segments.describe(rule), str)
    segment_rows.stored(rule)


def test_five_levels_and_twenty_conditions_are_allowed():
    ContactFactory(language="ru")
    assert len(emails(deep(5))) == 1
    assert len(emails({"all": [language("ru")] * 20})) == 1


def test_a_long_rule_costs_few_questions(django_assert_max_num_queries):
    chosen = MailingListFactory()
    row = {"condition": "on_list", "operator": "is", "value": str(chosen.pk)}
    rule = {"any": [row, *[{"all": [row] * 9}] * 2]}
    with django_assert_max_num_queries(2):
        segments.compile_rule(rule)
        assert len(segment_rows.posted(QueryDict("")).rows()) == 0
    with django_assert_max_num_queries(2):
        segments.describe(rule)


# What takes too long ---------------------------------------------------------------
def endless():
    """A question that no engine answers in a second."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000)"
            " SELECT COUNT(*) FROM n"
        )


def test_a_question_ends_with_its_time_and_the_connection_goes_on():
    begun = time.monotonic()
    with pytest.raises(TookTooLong), at_most(0.2):
        endless()
    assert time.monotonic() - begun < 2
    with at_most(5):
        assert Contact.objects.count() == 0
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)


def test_a_count_in_time_is_a_number_and_a_sample_is_ten():
    ContactFactory.create_batch(12, language="ru")
    assert segment_counts.count(language("ru")).people == 12
    assert len(segment_counts.sample(language("ru")) or ()) == 10


def test_a_guess_is_near_and_says_nothing_of_a_few():
    ContactFactory.create_batch(150, language="ru")
    ContactFactory.create_batch(50, language="kk")
    assert segment_counts.guess(segments.people({})) == 200
    assert segment_counts.guess(segments.people(language("kk"))) == 50
    assert segment_counts.guess(segments.people(language("de"))) is None
    Contact.objects.all().delete()
    assert segment_counts.guess(segments.people({})) is None


# Whatever is sent -------------------------------------------------------------------
def names():
    """Everything that is a name here, and what attackers write instead."""
    operators = {name for one in conditions().values() for name in one.operators}
    known = sorted({*conditions(), *operators})
    return st.sampled_from(
        [*known, "pk__in", "attributes__x", "id", "'; --", "{0}", "%s", "", "field_", "__class__"]
    )


def texts():
    return st.one_of(
        st.text(max_size=12),
        st.text(st.characters(), max_size=5),
        st.sampled_from(
            ["1", "-1", "9" * 25, "2026-01-01", "en", "AT", "%", "\\", "'", '"', "1e9"]
        ),
    )


def rules():
    values = st.one_of(texts(), st.lists(texts(), max_size=4), st.none(), st.integers())
    leaf = st.fixed_dictionaries({"condition": names(), "operator": names(), "value": values})
    known = st.one_of(
        [
            st.fixed_dictionaries(
                {
                    "condition": st.just(condition.name),
                    "operator": st.just(operator),
                    "value": st.tuples(*map(fitting, question.takes)).map(list),
                }
            )
            for condition in conditions().values()
            for operator, question in condition.operators.items()
        ]
    )
    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names(), inner, max_size=3),
        max_leaves=5,
    )
    return st.recursive(
        known | leaf | json_values,
        lambda inner: st.one_of(
            st.fixed_dictionaries({"all": st.lists(inner, max_size=4)}),
            st.fixed_dictionaries({"any": st.lists(inner, max_size=4)}),
            st.fixed_dictionaries({"not": inner}),
        ),
        max_leaves=8,
    )


def fitting(takes):
    """Values of the right kind, odd ones among them."""
    return {
        Takes.CHOICE: st.sampled_from(["1", "2", "en", "AT", "S", "9" * 18]),
        Takes.SEVERAL: st.sampled_from(["1", "en", "AT"]),
        Takes.TEXT: st.text(string.printable + "%_\\'\"ß…", min_size=1, max_size=6),
        Takes.NUMBER: st.sampled_from(["0", "-0.5", "999999999999999", "1,5"]),
        Takes.DATE: st.dates().map(str),
        Takes.DAYS: st.integers(0, 40000).map(str),
    }[takes]


@pytest.fixture
def something_to_ask(settings):
    """One field of each kind, one list, one person, one mailing whose readers are counted."""
    settings.TRACKING = True
    counts = {"counts_opens": True, "counts_clicks": True}
    mailing = MailingFactory(pk=1, state=MailingState.SENT, **counts)
    TrackedLink.objects.create(pk=1, mailing=mailing, url="https://example.org/write")
    for kind in ("text", "number", "date", "yes_no", "choice", "choices", "link"):
        CustomField.objects.create(key=f"{kind}_1", name=f"A … %s {kind}", kind=kind, choices=["S"])
    SubscriptionFactory()


def test_no_rule_is_anything_but_asked_or_refused(something_to_ask):
    @FUZZ
    @given(rules())
    def ask(rule):
        segments.describe(rule)
        segment_rows.stored(rule)
        try:
            found = segments.people(rule)
        except SegmentRefused:
            return
        assert found.count() <= 1
        # What passes may be stored, and comes back from the form as it went in.
        json.dumps(rule).encode()
        assert segments.people(segment_rows.stored(rule).as_data()).count() == found.count()

    ask()


def test_no_form_is_anything_but_a_rule_that_is_asked_or_refused(something_to_ask):
    key = st.builds("{}.{}".format, names(), names()) | st.sampled_from(["group", "", "."])
    number = st.integers(-1, 9).map(str) | texts()
    node = st.builds("{}:{}:{}".format, number, number, key) | texts()
    field = st.builds(
        "{}-{}".format, st.sampled_from(["joiner", "new", "value-1", "value-2", "has-1"]), number
    )
    button = st.builds("{}:{}".format, st.sampled_from(["add", "group", "drop", "save"]), number)
    forms = st.fixed_dictionaries(
        {"node": st.lists(node, max_size=12), "do": st.lists(button, max_size=1)}
    )

    @FUZZ
    @given(forms, st.dictionaries(field, st.lists(texts(), max_size=3), max_size=6))
    def send(form, more):
        data = QueryDict(mutable=True)
        for name, values in {**form, **more}.items():
            data.setlist(name, values)
        rule = segment_rows.posted(data)
        assert isinstance(rule.words, str)
        try:
            segments.people(rule.as_data()).count()
        except SegmentRefused:
            return

    send()
    assert MailingList.objects.count() == 1
