"""An export is brought over, an organiser writes and publishes, readers find it everywhere."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from campaigns.models import Article
from tests.factories.newsletters import PASSWORD, UserFactory

EXPORT = Path(__file__).parents[1] / "payloads" / "wordpress.xml"
WIDTHS = [390, 1280]


@pytest.fixture
def organiser(transactional_db):
    """Somebody who may write articles."""
    return UserFactory(permissions=["campaigns.change_article"])


def log_in(page, user):
    """Through the login page, coming back to the articles."""
    page.goto("/staff/articles/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/staff/articles/")


def editor(page):
    """The editor itself, not the plain box it takes the place of once its script has run."""
    return page.get_by_role("textbox", name="Text").and_(page.locator(".ProseMirror"))


@pytest.mark.parametrize("width", WIDTHS)
def test_an_organiser_writes_with_the_editor_and_readers_find_it(page_for, axe, organiser, width):
    call_command("import_wordpress", str(EXPORT), stdout=StringIO())
    page = page_for(width)
    log_in(page, organiser)
    assert axe(page) == []

    page.get_by_role("link", name="Write an article").click()
    page.get_by_label("Headline").fill("The court postpones again")
    editor(page).click()
    page.keyboard.type("The judge was ill for the ")
    page.keyboard.press("Control+b")
    page.keyboard.type("ninth")
    page.keyboard.press("Control+b")
    page.keyboard.type(" time.")
    page.get_by_label("Appeals").check()
    page.get_by_label("A new subject").fill("Courts")
    assert axe(page) == []
    page.get_by_role("button", name="Publish").click()

    page.get_by_text("It is on the site.").wait_for()
    page.get_by_role("link", name="See it on the site").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The court postpones again")
    expect(page.locator(".prose strong")).to_have_text("ninth")
    assert axe(page) == []

    page.get_by_role("link", name="Courts").click()
    expect(page.get_by_role("link", name="The court postpones again")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("The court postpones again")
    assert axe(page) == []
    page.goto("/2024/03/a-doctor-for-mira-osk/")
    assert page.url.endswith("/news/a-doctor-for-mira-osk/")
    page.goto("/news/")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Article.objects.get(slug="the-court-postpones-again").body == (
        "<p>The judge was ill for the <strong>ninth</strong> time.</p>"
    )


def test_an_imported_article_survives_the_editor(page_for, organiser):
    call_command("import_wordpress", str(EXPORT), stdout=StringIO())
    before = Article.objects.get(slug="a-doctor-for-mira-osk")
    page = page_for(1280)
    log_in(page, organiser)

    page.get_by_role("link", name=before.title).click()
    editor(page).wait_for()
    page.get_by_label("In two sentences").fill("Two sentences. And no more.")
    page.get_by_role("button", name="Save changes").click()
    page.get_by_text("Saved.").wait_for()

    after = Article.objects.get(slug="a-doctor-for-mira-osk")
    assert after.excerpt == "Two sentences. And no more."
    for words in ("<li>", "Write to the governor today.", "[sic]", "Mira Osk in 2022"):
        assert words in after.body


def test_the_page_can_be_read_and_written_without_javascript(page_for, chromium, site, organiser):
    context = chromium.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    log_in(page, organiser)
    page.get_by_role("link", name="Write an article").click()
    page.get_by_label("Headline").fill("By hand")
    page.get_by_label("Text").fill("<p>With plain markup.</p>")
    page.get_by_role("button", name="Publish").click()
    page.goto("/news/by-hand/")
    assert "With plain markup." in page.content()
    context.close()
