"""The same journey on a phone, without JavaScript, and the staff forms in a browser."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from campaigns.services import letters
from newsletters.models import Delivery
from tests.factories.campaigns import ActionFactory
from tests.factories.newsletters import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_saving_in_the_browser_changes_nothing_that_was_not_touched(page_for):
    action = ActionFactory(letters=["en", "de"])
    names = ("urgentaction", "case", "target")
    user = UserFactory(permissions=[f"campaigns.change_{name}" for name in names])
    page = page_for(1280)
    page.goto(f"{reverse('login')}?next={reverse('staff:actions')}")
    page.fill("[name=username]", user.username)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    for name, pk in (("action", action.pk), ("case", action.case.pk)):
        page.goto(reverse(f"staff:{name}", args=[pk]))
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".note.success")).to_have_text("Saved.")
    assert action.model_letters.count() == 2
