"""The same journey on a phone, without JavaScript, and its pages in front of axe."""

import pytest
from django.urls import reverse

from campaigns.services import letters
from newsletters.models import Delivery
from tests.factories.campaigns import ActionFactory, LetterFactory, TargetFactory
from tests.factories.newsletters import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def overflows(page):
    """Whether the page is wider than the screen."""
    root = "document.documentElement"
    return page.evaluate(f"{root}.scrollWidth > {root}.clientWidth")


def test_a_letter_is_written_on_a_phone_without_javascript(chromium, site):
    action = ActionFactory()
    context = chromium.new_context(
        base_url=site, java_script_enabled=False, viewport={"width": 390, "height": 800}
    )
    page = context.new_page()
    page.goto(reverse("campaigns:action", args=[action.slug]))
    page.fill("[name=middle]", "Let Mira Osk see a doctor of her own choice, today and not later.")
    page.fill("[name=name]", "Anna Marku")
    page.fill("[name=street]", "Hauptstrasse 1")
    page.wait_for_timeout(1600)  # a person types longer than the trap allows a program
    page.get_by_role("button", name="Print and post").click()
    assert "12 Harbour Road" in page.inner_text("article")
    page.go_back()
    page.get_by_role("button", name="Use my own mail program").click()
    assert page.get_attribute("a.button", "href").startswith("mailto:")
    page.go_back()
    page.fill("[name=email]", "anna@example.org")
    page.get_by_role("button", name="Send from here").click()
    assert page.inner_text("h1") == "Now look in your mail"
    page.goto(letters.confirm_url(action.letters.get()))
    page.get_by_role("button", name="Send my letter").click()
    assert "on its way" in page.inner_text("h1")
    assert Delivery.objects.filter(kind="campaigns.letter").count() == 1
    assert not context.cookies()
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_for_everybody_are_accessible_and_fit(page_for, axe, width):
    action = ActionFactory(
        targets=[TargetFactory(), TargetFactory()],
        letters=["en", "fa"],
        case__is_sensitive=True,
    )
    page = page_for(width)
    for url in (
        reverse("campaigns:actions"),
        reverse("campaigns:action", args=[action.slug]),
        reverse("campaigns:action", args=[action.slug]) + "?in=fa",
        reverse("campaigns:action", args=[ActionFactory(state="closed").slug]),
        reverse("campaigns:case", args=[action.case.slug]),
        reverse("campaigns:letter_sent", args=[action.slug]),
        letters.confirm_url(LetterFactory(action=action)),
    ):
        page.goto(url)
        assert axe(page) == []
        assert not overflows(page)
    page.goto(reverse("campaigns:action", args=[action.slug]))
    page.get_by_role("button", name="Send from here").click()
    assert axe(page) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_staff_pages_are_accessible_and_fit(page_for, axe, site, width):
    action = ActionFactory(letters=["en", "de"])
    names = ("urgentaction", "case", "target")
    user = UserFactory(permissions=[f"campaigns.change_{name}" for name in names])
    page = page_for(width)
    first = reverse("staff:actions")
    page.goto(f"{reverse('login')}?next={first}")
    page.fill("[name=username]", user.username)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    for url in (
        first,
        reverse("staff:action", args=[action.pk]),
        reverse("staff:action_new"),
        reverse("staff:cases"),
        reverse("staff:case", args=[action.case.pk]),
        reverse("staff:targets"),
        reverse("staff:target", args=[action.targets.get().pk]),
    ):
        page.goto(url)
        assert axe(page) == []
        assert not overflows(page)
    for name, pk in (("action", action.pk), ("case", action.case.pk)):
        page.goto(reverse(f"staff:{name}", args=[pk]))
        page.get_by_role("button", name="Save", exact=True).click()
        assert page.locator(".note.success").inner_text() == "Saved."
    assert action.model_letters.count() == 2
