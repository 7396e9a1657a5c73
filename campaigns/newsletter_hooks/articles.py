"""Articles as news of a digest."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from campaigns.models import Article
from campaigns.newsletter_hooks.bounds import MAX_ITEMS
from campaigns.selectors import articles as selectors
from newsletters.ports import DigestItem
from newsletters.sanitise import excerpt


class RecentArticles:
    """Digest section: the articles of the period."""

    name = "articles"
    label = _("News")

    def items(self, since: datetime, until: datetime) -> list[DigestItem]:
        """What became public in ``[since, until)``, newest first, at most 50."""
        return [_item(article) for article in selectors.published_between(since, until)[:MAX_ITEMS]]


def _item(article: Article) -> DigestItem:
    published_at = article.published_at
    return DigestItem(
        key=f"article:{article.pk}",
        title=article.title,
        url=f"{settings.SITE_URL}{article.get_absolute_url()}",
        summary=excerpt(article.excerpt or article.body),
        language=article.language,
        topics=[category.slug for category in article.categories.all()],
        published_at=published_at.isoformat() if published_at else "",
    )


RECENT_ARTICLES = RecentArticles()
