"""Digests and outbox in a real browser: nothing serious for axe, nothing fetched from elsewhere."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletters.models import DigestIssue
from newsletters.services import digests
from tests.factories.articles import ArticleFactory, CategoryFactory
from tests.factories.newsletters import (
    PASSWORD,
    DigestFactory,
    MailingListFactory,
    SubscriptionFactory,
    TopicFactory,
    UserFactory,
)
from tests.infra.browser import aside

pytestmark = pytest.mark.django_db(transaction=True)

RIGHTS = ["newsletters.change_digest", "newsletters.approve_mailing", "newsletters.view_delivery"]


def three_weeks_of_news():
    """A digest with an issue that went out and one that waits; the first one's mails are kept."""
    now = timezone.now()
    digest = DigestFactory(
        name="Weekly news",
        mailing_list=MailingListFactory(name="Letters from Karsh", slug="letters"),
        weekday=now.weekday(),
        hour=now.hour,
        time_zone="Europe/Berlin",
        covered_until=now - timedelta(days=21),
        planned_from=now - timedelta(days=21),
    )
    prison, harbour = CategoryFactory(slug="prison"), CategoryFactory(slug="harbour")
    for name, slug in (("Prisons", "prison"), ("The harbour", "harbour")):
        TopicFactory(name=name, slug=slug)
    ArticleFactory(
        title="Harbour workers of Veldstad stay out for a third week",
        categories=[harbour],
        published_at=now - timedelta(days=9),
    )
    ArticleFactory(
        title="A nurse is free", categories=[prison], published_at=now - timedelta(days=8)
    )
    for number in range(3):
        SubscriptionFactory(
            mailing_list=digest.mailing_list, contact__email=f"reader{number}@example.org"
        )
    return digest


@pytest.fixture
def pages(settings, post, rung):
    """Addresses of the pages with something on them."""
    settings.POSTAL_ADDRESS = "Free Karsh, 12 Harbour Road, 4000 Orrin"
    digest = three_weeks_of_news()
    now = timezone.now()
    digests.issue_due(now=now - timedelta(days=6))
    digests.approve(issue=DigestIssue.objects.get(), by=UserFactory(permissions=RIGHTS))
    aside(rung.answer)
    aside(post.deliver)
    ArticleFactory(
        title="The governor of Prison 4 answers forty letters",
        published_at=now - timedelta(days=1),
    )
    digests.issue_due()
    return digest


@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_can_be_used_by_everybody(page_for, axe, pages, width):
    page = page_for(width)
    page.goto(f"{reverse('login')}?next={reverse('staff:digests')}")
    page.fill("[name=username]", UserFactory(permissions=RIGHTS).username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/staff/digests/")
    waiting = DigestIssue.objects.filter(digest=pages).earliest("pk")
    for name, args in (
        ("digests", []),
        ("digest_new", []),
        ("digest", [pages.pk]),
        ("digest_issue", [waiting.pk]),
        ("digest_today", [pages.pk]),
        ("outbox", []),
    ):
        page.goto(reverse(f"staff:{name}", args=args))
        assert axe(page) == [], name
    page.click("td a")
    page.wait_for_selector("iframe")
    assert axe(page) == []
