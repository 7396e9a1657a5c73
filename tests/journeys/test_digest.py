"""A week of news becomes one mail to each reader: hers, once, and none when nothing is new."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from newsletters.models import Delivery, Digest, DigestIssue, Mailing
from newsletters.states import DeliveryState, IssueState, MailingState
from tests.factories.articles import ArticleFactory, CategoryFactory
from tests.factories.newsletters import (
    DigestFactory,
    MailingListFactory,
    SubscriptionFactory,
    TopicFactory,
)
from worker.celery import app

WEEK = timedelta(days=7)


def tick(name):
    app.tasks[f"newsletters.{name}"]()


def a_week_passes(digest):
    """The next hour of the digest has come."""
    digest.refresh_from_db()
    Digest.objects.filter(pk=digest.pk).update(
        covered_until=digest.covered_until - WEEK, planned_from=digest.planned_from - WEEK
    )
    for issue in DigestIssue.objects.filter(digest=digest).order_by("period_end"):
        DigestIssue.objects.filter(pk=issue.pk).update(period_end=issue.period_end - WEEK)


@pytest.fixture
def weekly(post, settings):
    settings.POSTAL_ADDRESS = "Free Karsh, 12 Harbour Road, 4000 Orrin"
    settings.CONTENT_LANGUAGES = ["en", "de"]
    now = timezone.now()
    return DigestFactory(
        name="Weekly news",
        mailing_list=MailingListFactory(slug="news", sender_name="Free Karsh"),
        weekday=now.weekday(),
        hour=now.hour,
        is_automatic=True,
        covered_until=now - WEEK,
        planned_from=now - WEEK,
    )


def reader(digest, email, **contact):
    fields = {f"contact__{name}": value for name, value in contact.items()}
    subscription = SubscriptionFactory(
        mailing_list=digest.mailing_list, contact__email=email, **fields
    )
    return subscription.contact


def delivered(post, rung):
    tick("issue_digests")
    tick("start_due")
    rung.answer()
    mails = {mail.recipient: mail for mail in post.deliver()}
    tick("start_due")
    return mails


def test_each_reader_gets_her_news_once_and_nothing_when_there_is_none(weekly, post, rung):
    prison, harbour = CategoryFactory(slug="prison"), CategoryFactory(slug="harbour")
    topic = TopicFactory(slug="prison")
    yesterday = timezone.now() - timedelta(days=1)
    ArticleFactory(title="A nurse is free", categories=[prison], published_at=yesterday)
    ArticleFactory(title="Ships wait", categories=[harbour], published_at=yesterday)
    ArticleFactory(title="Schiffe warten", language="de", published_at=yesterday)
    reader(weekly, "all@example.org")
    reader(weekly, "chooser@example.org").topics.add(topic)
    reader(weekly, "leserin@example.org", language="de")
    reader(weekly, "never@example.org", digest_frequency="never")

    mails = delivered(post, rung)
    assert set(mails) == {"all@example.org", "chooser@example.org", "leserin@example.org"}
    everything = mails["all@example.org"]
    assert "A nurse is free" in everything.text
    assert "Ships wait" in everything.html
    assert "Schiffe warten" not in everything.text
    assert "Ships wait" not in mails["chooser@example.org"].text
    assert "Schiffe warten" in mails["leserin@example.org"].text
    head = everything.message
    assert head["Auto-Submitted"] == "auto-generated"
    assert head["List-Id"] == "<news.testserver>"
    assert head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert everything.subject.startswith("Weekly news, ")
    for link in ("/p/", "/u/"):
        assert Client().get(everything.link(link)).status_code == 200
    assert Mailing.objects.get().state == MailingState.SENT

    a_week_passes(weekly)
    assert delivered(post, rung) == {}
    skipped = DigestIssue.objects.filter(digest=weekly, state=IssueState.SKIPPED).get()
    assert skipped.reason.startswith("Nothing new was published")
    assert Mailing.objects.count() == 1

    a_week_passes(weekly)
    ArticleFactory(title="The governor answers", categories=[harbour], published_at=yesterday)
    mails = delivered(post, rung)
    assert set(mails) == {"all@example.org"}
    assert "The governor answers" in mails["all@example.org"].text
    assert "Ships wait" not in mails["all@example.org"].text
    assert not Delivery.objects.exclude(state=DeliveryState.ACCEPTED).exists()
