import asyncio

import pytest
from django.contrib.auth.models import User

from tests.infra.browser import Window, aside

pytestmark = [pytest.mark.once, pytest.mark.urls("tests.infra.pages")]


@pytest.fixture
def window(chromium, site):
    window = Window(chromium, site)
    yield window
    window.close()


def test_a_good_page_gives_no_trouble(page_for, axe):
    page = page_for(390)
    page.goto("/good")
    assert page.viewport_size["width"] == 390
    assert page.title() == "A page"
    assert axe(page) == []


def test_a_request_to_another_host_is_trouble(window):
    window.page(390).goto("/outside")
    assert any("http://example.net/a.png" in trouble for trouble in window.troubles)


def test_a_broken_content_security_policy_is_trouble(window):
    page = window.page(390)
    page.goto("/inline")
    assert page.title() == "A page"
    assert any("Content Security Policy" in trouble for trouble in window.troubles)


def test_axe_works_under_our_policy_and_names_the_element(page_for, axe):
    page = page_for(1280)
    page.goto("/unlabelled")
    assert ["<input>" in finding for finding in axe(page)] == [True]


def test_tests_with_a_browser_run_last(request):
    marks = [item.get_closest_marker("browser") is not None for item in request.session.items]
    assert marks == sorted(marks)


@pytest.mark.django_db(transaction=True)
def test_work_that_needs_a_loop_or_the_database_may_run_aside(page_for):
    async def one():
        return 1

    def work():
        User.objects.create_user("organiser")
        return asyncio.run(one())

    page_for(390)
    assert aside(work) == 1
    assert User.objects.get().username == "organiser"
