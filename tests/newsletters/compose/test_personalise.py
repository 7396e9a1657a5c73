"""Placeholders: the known ones pass, the others are named with what was meant."""

import pytest

from newsletters.compose import personalise


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No field at all, 100 % plain {curly}",
        "Dear {{ given_name }}",
        'Dear {{given_name | default: "friend"}},',
        "{% if country == 'Austria' %}Grüß Gott{% endif %}",
        "{{ unsubscribe_url }}",
    ],
)
def test_known_fields_pass(text):
    assert personalise.problems(text) == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("first_name", "given_name"),
        ("FIRSTNAME", "given_name"),
        ("givenname", "given_name"),
        ("Nachname", "family_name"),
        ("unsubscribe", "unsubscribe_url"),
        ("unsubscribe_ur", "unsubscribe_url"),
        ("zip", "postcode"),
    ],
)
def test_the_nearest_field_is_offered(typed, meant):
    assert personalise.problems(f"Dear {{{{ {typed} }}}}") == [
        f"{{{{ {typed} }}}} is not a field. Did you mean {{{{ {meant} }}}}?"
    ]


def test_a_field_like_no_other_is_answered_with_the_list():
    assert "There are: given_name" in personalise.problems("{{ salary }}")[0]


@pytest.mark.parametrize(
    "payload",
    [
        "{{ request }}",
        "{{ settings.SECRET_KEY }}",
        "{{ given_name.__class__ }}",
        "{{ given_name.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ 7*7 }}",
        "{{ [].__class__ }}",
        "{{ config }}",
        "{{ self }}",
        "{{ lipsum.__globals__ }}",
        "{{ email | safe }}",
        "{{ email | add: '1' }}",
        "{{ given_name['__class__'] }}",
        "{% load i18n %}",
        "{% include '/etc/passwd' %}",
        "{% render 'x' %}",
        "{% extends 'base.html' %}",
        "{% debug %}",
        "{% for i in (1..100) %}x{% endfor %}",
        "{% assign a = email %}{{ a }}",
        "{% capture a %}{{ email }}{% endcapture %}",
        "{% if given_name.__class__ %}x{% endif %}",
        "{% if request %}x{% endif %}",
        "{% if email %}never closed",
        "{{ given_name",
        "{{ }}",
        "{{ forloop.parentloop }}",
        "{% tablerow i in (1..9) %}x{% endtablerow %}",
        "{% cycle 'a', 'b' %}",
        "{% increment email %}",
    ],
)
def test_template_injection_is_refused_with_a_sentence(payload):
    found = personalise.problems(f"Dear {payload} friend")
    assert found
    assert all(sentence.strip() for sentence in found)


@pytest.mark.parametrize("payload", ["${7*7}", "<%= 7*7 %>", "#{7*7}", "%s%n", "{7*7}", "@(7*7)"])
def test_the_marks_of_other_template_languages_are_just_text(payload):
    assert personalise.problems(payload) == []
