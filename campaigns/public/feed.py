"""The news as an Atom feed (RFC 4287) with the full texts."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.xmlutils import SimplerXMLGenerator

from campaigns.models import Article
from campaigns.public.caching import public_page
from campaigns.selectors import articles as selectors
from newsletters.sanitise import excerpt

ENTRIES = 20


class FullTextFeed(Atom1Feed):
    """Atom with the whole text of an entry; links in it are relative to the site."""

    def root_attributes(self) -> dict[str, str]:
        """RFC 4287 section 2: xml:base."""
        return {**super().root_attributes(), "xml:base": f"{settings.SITE_URL}/"}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        """Section 4.1.3.3: the markup as escaped text."""
        super().add_item_elements(handler, item)
        attributes = {"type": "html", "xml:lang": item["language"]}
        handler.addQuickElement("content", item["body"], attributes)


@public_page
def feed(_request: HttpRequest) -> HttpResponse:
    """The newest articles."""
    made = FullTextFeed(
        title=settings.SITE_NAME,
        link=f"{settings.SITE_URL}{reverse('campaigns:articles')}",
        description=settings.SITE_TAGLINE,
        subtitle=settings.SITE_TAGLINE,
        language=settings.LANGUAGE_CODE,
        feed_url=f"{settings.SITE_URL}{reverse('campaigns:feed')}",
        author_name=settings.SITE_NAME,
    )
    for article in selectors.public().prefetch_related("categories")[:ENTRIES]:
        _add(made, article)
    return HttpResponse(made.writeString("utf-8"), content_type="application/atom+xml")


def _add(made: FullTextFeed, article: Article) -> None:
    made.add_item(
        title=article.title,
        link=f"{settings.SITE_URL}{article.get_absolute_url()}",
        description=excerpt(article.excerpt or article.body),
        author_name=article.byline or None,
        pubdate=article.published_at,
        updateddate=max(article.updated_at, article.published_at or article.updated_at),
        # Stays the same when the address changes, so that readers do not show it twice.
        unique_id=f"tag:{settings.SITE_HOST},2026:article/{article.pk}",
        unique_id_is_permalink=False,
        categories=[category.name for category in article.categories.all()],
        body=article.body,
        language=article.language,
    )
