"""The Atom feed."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from tests.factories.articles import ArticleFactory, CategoryFactory

pytestmark = pytest.mark.django_db

ATOM = {"a": "http://www.w3.org/2005/Atom"}


def test_the_feed_carries_the_whole_texts(client, settings, django_assert_max_num_queries):
    settings.SITE_URL, settings.SITE_NAME = "https://karsh.example", "Free Karsh"
    ArticleFactory.create_batch(25)
    category = CategoryFactory(name="Harbour")
    article = ArticleFactory(
        title="5 < 6 & more",
        categories=[category],
        published_at=timezone.now() - timedelta(minutes=1),
        body='<p>Look <a href="/news/">here</a>.</p>',
    )

    with django_assert_max_num_queries(2):
        answer = client.get("/feed.atom")

    assert answer["Content-Type"] == "application/atom+xml"
    feed = ElementTree.fromstring(answer.content)
    entries = feed.findall("a:entry", ATOM)
    assert feed.findtext("a:title", namespaces=ATOM) == "Free Karsh"
    assert feed.get("{http://www.w3.org/XML/1998/namespace}base") == "https://karsh.example/"
    assert len(entries) == 20
    first = entries[0]
    assert first.findtext("a:title", namespaces=ATOM) == "5 < 6 & more"
    address = f"https://karsh.example/news/{article.slug}/"
    assert [link.get("href") for link in first.findall("a:link", ATOM)] == [address]
    assert [content.get("type") for content in first.findall("a:content", ATOM)] == ["html"]
    assert first.findtext("a:content", namespaces=ATOM) == article.body
    assert first.findtext("a:author/a:name", namespaces=ATOM) == "Ilse Brandt"
    assert [mark.get("term") for mark in first.findall("a:category", ATOM)] == ["Harbour"]


def test_an_entry_keeps_its_identity_when_its_address_changes(client):
    article = ArticleFactory()
    before = entry_id(client)
    article.slug = "another"
    article.save()
    assert entry_id(client) == before


def test_an_empty_feed_is_still_a_feed(client):
    assert not ElementTree.fromstring(client.get("/feed.atom").content).findall("a:entry", ATOM)


def entry_id(client):
    """The id of the only entry."""
    feed = ElementTree.fromstring(client.get("/feed.atom").content)
    return feed.findtext("a:entry/a:id", namespaces=ATOM)
