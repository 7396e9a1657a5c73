"""The progress partial in a real browser, under our own content security policy."""

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from playwright.sync_api import Page, expect
from pytest_django import Settings


def _screen(request: HttpRequest) -> HttpResponse:
    """A staff screen whose job has just begun."""
    context = {"url": "/progress/?read=4", "sentence": "Opening the sheet.", "section": "imports"}
    return render(request, "tests/progress_screen.html", context)


def _progress(request: HttpRequest) -> HttpResponse:
    """As far as the address says, of eight rows."""
    read = int(request.GET["read"])
    context = {
        "url": "/progress/?read=8",
        "value": read,
        "total": 8,
        "sentence": f"{read} of 8 rows read.",
        "done": read == 8,
    }
    return render(request, "staff/_progress.html", context)


urlpatterns = [path("screen/", _screen), path("progress/", _progress)]

SCREEN = """{% extends "staff/base.html" %}
{% block heading %}Reading{% endblock %}
{% block content %}{% include "staff/_progress.html" %}{% endblock %}"""


@pytest.fixture
def screen_template(settings: Settings) -> None:
    """The staff base with nothing but the partial in it."""
    engine = settings.TEMPLATES[0]
    options = {
        **engine["OPTIONS"],
        "loaders": [
            ("django.template.loaders.locmem.Loader", {"tests/progress_screen.html": SCREEN}),
            ("django.template.loaders.filesystem.Loader", engine["DIRS"]),
            "django.template.loaders.app_directories.Loader",
        ],
    }
    settings.TEMPLATES = [{**engine, "APP_DIRS": False, "OPTIONS": options}]


@pytest.mark.urls(__name__)
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("screen_template")
def test_progress_moves_by_itself_and_stops_asking_when_done(
    page_for: Callable[[int], Page], site: str, axe: Callable[[Page], list[str]]
) -> None:
    page = page_for(390)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/screen/")
    assert axe(page) == []

    expect(page.locator(".going")).to_contain_text("4 of 8 rows read.", timeout=5000)
    expect(page.locator("progress")).to_have_attribute("value", "4")
    expect(page.get_by_role("status")).to_contain_text("8 of 8 rows read.", timeout=5000)

    page.wait_for_timeout(2500)
    assert [url for url in asked if "progress" in url] == [
        f"{site}/progress/?read=4",
        f"{site}/progress/?read=8",
    ]
