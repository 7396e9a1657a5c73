"""Shared partials say what they must, to eyes and to screen readers."""

from dataclasses import dataclass

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from config.templatetags.look import lay_out


class Letter(forms.Form):
    """One field of every kind a page uses."""

    name = forms.CharField(help_text="As on your post.")
    text = forms.CharField(widget=forms.Textarea, required=False)
    country = forms.ChoiceField(choices=[("ka", "Karsh"), ("ve", "Veldland")])
    route = forms.ChoiceField(
        widget=forms.RadioSelect, choices=[("mail", "Mail"), ("post", "Post")]
    )
    topics = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, choices=[("a", "Courts")], help_text="Any number."
    )
    agreed = forms.BooleanField(label="Mail me news", help_text="Twice a month.")
    sheet = forms.FileField()
    token = forms.CharField(widget=forms.HiddenInput, required=False)


@dataclass(frozen=True)
class Tile:
    """What a view gives the tiles."""

    label: str
    value: object
    tone: str = ""
    url: str = ""


def _field(name: str, form: forms.Form) -> str:
    return render_to_string("site/field.html", {"field": form[name]})


def _ids(html: str) -> set[str]:
    return {part.split('"')[0] for part in html.split(' id="')[1:]}


def _described_by(html: str) -> set[str]:
    return {
        name for part in html.split('aria-describedby="')[1:] for name in part.split('"')[0].split()
    }


@pytest.mark.parametrize("name", ["name", "text", "country", "route", "topics", "agreed", "sheet"])
def test_a_field_names_its_hint_and_its_error_to_screen_readers(name: str) -> None:
    html = _field(name, Letter({"country": "x", "route": "x", "topics": ["x"]}))

    assert _described_by(html) <= _ids(html)
    if name != "text":
        assert f"id_{name}_error" in _described_by(html)
        assert 'aria-invalid="true"' in html


@pytest.mark.parametrize("name", ["name", "text", "country", "agreed", "sheet"])
def test_a_field_has_a_label_of_its_own(name: str) -> None:
    html = _field(name, Letter())

    assert f'<label for="id_{name}">' in html or '<label class="check"><input' in html


def test_a_choice_of_several_is_one_group_with_its_question() -> None:
    html = _field("topics", Letter())

    assert html.index("<fieldset") < html.index("<legend>Topics") < html.index("Courts")
    assert 'id="id_topics"' in html


def test_only_a_field_that_may_stay_empty_says_so() -> None:
    assert "(optional)" in _field("text", Letter())
    assert "(optional)" not in _field("name", Letter())


def test_a_hidden_field_shows_nothing() -> None:
    assert _field("token", Letter()).strip().startswith('<input type="hidden"')


def test_what_a_person_typed_is_shown_as_text_never_as_markup() -> None:
    html = _field("name", Letter({"name": "<script>alert(1)</script>"}))

    assert "<script>" not in html


def test_the_summary_of_errors_leads_to_every_field_that_has_one() -> None:
    form = Letter({"name": "Mira"})
    html = render_to_string("site/errors.html", {"form": form})

    shown = "".join(_field(name, form) for name in form.fields)
    wanted = {part.split('"')[0] for part in html.split('href="#')[1:]}
    assert wanted == {f"id_{name}" for name in form.errors}
    assert wanted <= _ids(shown)


def test_a_form_without_errors_has_no_summary() -> None:
    assert render_to_string("site/errors.html", {"form": Letter()}).strip() == ""


def test_turning_the_page_keeps_the_filter(rf: RequestFactory) -> None:
    html = render_to_string(
        "site/pager.html",
        {"page_obj": Paginator(range(30), 10).page(2)},
        request=rf.get("/?topic=courts&page=2"),
    )

    assert "?topic=courts&amp;page=1" in html
    assert "?topic=courts&amp;page=3" in html
    assert "Page 2 of 3" in html


def test_one_page_has_no_pager(rf: RequestFactory) -> None:
    context = {"page_obj": Paginator(range(3), 10).page(1)}

    assert render_to_string("site/pager.html", context, request=rf.get("/")).strip() == ""


def test_share_links_carry_title_and_address_unbroken() -> None:
    html = render_to_string(
        "site/share.html", {"title": "Bread & salt?", "url": "https://harbour.example/p?a=1&b=2"}
    )

    assert "subject=Bread%20%26%20salt%3F&amp;body=" in html
    assert "https%3A%2F%2Fharbour.example%2Fp%3Fa%3D1%26b%3D2" in html
    assert 'value="https://harbour.example/p?a=1&amp;b=2"' in html
    assert "<img" not in html
    assert "<script" not in html


def test_tiles_show_thousands_apart_and_words_as_they_are() -> None:
    html = render_to_string(
        "staff/_tiles.html",
        {"tiles": [Tile("accepted", 28114), Tile("left", "41 min"), Tile("refused", 0)]},
    )

    assert "<dd>28,114</dd>" in html
    assert "<dd>41 min</dd>" in html
    assert "<dd>0</dd>" in html


def test_a_stacked_bar_lays_its_parts_end_to_end() -> None:
    laid = lay_out(
        [("accepted", 700, "good"), ("refused", 100, "bad"), ("still to go", 200, "rest")]
    )

    assert [(part.start, part.value) for part in laid] == [(0, 700), (700, 100), (800, 200)]


def test_a_stacked_bar_has_its_figures_as_a_table() -> None:
    source = '{% load look %}{% stack parts "Where the mails are" %}'
    parts = [("accepted", 28114, "good"), ("refused", 0, "bad")]
    html = engines["django"].from_string(source).render({"parts": parts})

    assert 'viewBox="0 0 28114 1"' in html
    assert '<th scope="row">refused</th><td>0</td>' in html
    assert "28,114 accepted" in html


def test_a_stacked_bar_of_nothing_is_drawn_empty() -> None:
    source = "{% load look %}{% stack parts %}"

    assert 'viewBox="0 0 1 1"' in engines["django"].from_string(source).render({"parts": []})


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_bars_are_drawn_with_plain_numbers_in_every_language(language: str) -> None:
    context = {"url": "/x/", "value": 4100, "total": 12000, "sentence": "Reading.", "done": False}
    with translation.override(language):
        html = render_to_string("staff/_progress.html", context)

    assert 'max="12000" value="4100"' in html


def test_progress_asks_again_until_it_is_done() -> None:
    context = {"url": "/staff/imports/1/progress/", "value": 1, "total": 2, "sentence": "Reading."}

    assert 'hx-get="/staff/imports/1/progress/"' in render_to_string(
        "staff/_progress.html", context
    )
    done = render_to_string("staff/_progress.html", {**context, "done": True})
    assert "hx-" not in done
    assert 'role="status"' in done


def test_progress_of_unknown_length_claims_no_share() -> None:
    html = render_to_string(
        "staff/_progress.html", {"url": "/x/", "sentence": "Opening the sheet."}
    )

    assert "<progress" in html
    assert "max=" not in html


def test_an_empty_screen_names_the_next_step() -> None:
    html = render_to_string(
        "staff/_empty.html", {"sentence": "No mailings yet.", "url": "/new/", "step": "Write one"}
    )

    assert "No mailings yet." in html
    assert '<a class="button" href="/new/">Write one</a>' in html


@pytest.mark.parametrize("code", ["400", "500"])
def test_pages_for_broken_requests_need_no_context(code: str) -> None:
    html = render_to_string(f"{code}.html")

    assert html.count("<h1>") == 1
    assert 'href="/"' in html


@pytest.mark.parametrize("code", ["403", "404", "429"])
def test_error_pages_say_what_happened_and_what_to_do(code: str, rf: RequestFactory) -> None:
    html = render_to_string(f"{code}.html", request=rf.get("/"))

    assert html.count("<h1>") == 1
    assert "No cookies" in html


@pytest.mark.parametrize(
    ("language", "direction"), [("en", "ltr"), ("kk", "ltr"), ("ar", "rtl"), ("fa", "rtl")]
)
def test_a_page_names_its_language_and_its_direction(
    language: str, direction: str, rf: RequestFactory
) -> None:
    with translation.override(language):
        html = render_to_string("404.html", request=rf.get("/"))

    assert f'<html lang="{language}" dir="{direction}">' in html


def test_the_rail_marks_where_you_are(rf: RequestFactory) -> None:
    html = render_to_string("staff/_rail.html", {"section": "today"}, request=rf.get("/"))

    assert html.count("aria-current") == 1
    assert html.index("aria-current") < html.index("Today")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2026-11-22T13:40:51+00:00", "22 November 2026, 13:40"),
        ("2025-11-12T07:07:48.794940+00:00", "12 November 2025, 07:07"),
        ("2026-19-39T29:00:00+00:00", "2026-19-39T29:00:00+00:00"),
        ("<b>", "&lt;b&gt;"),
        (12, "12"),
    ],
)
def test_the_archive_of_a_person_tells_moments_in_words(value: object, shown: str) -> None:
    html = render_to_string("newsletters/archive/row.html", {"row": {"When": value}})
    assert f"<bdi>{shown}</bdi>" in html


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a@b.example", "a<wbr>@b.example"), ("Orrin", "Orrin"), ("<i>@", "&lt;i&gt;<wbr>@")],
)
def test_a_long_address_may_break_before_its_at(text: str, shown: str) -> None:
    template = engines["django"].from_string("{% load look %}{{ text|breakable }}")
    assert template.render({"text": text}) == shown
