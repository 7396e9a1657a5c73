"""What campaigns bring into newsletters: news for a digest, what to forget, dead mailboxes."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from campaigns import mails
from campaigns.models import Article
from campaigns.selectors import articles as selectors
from campaigns.services import letters, targets
from newsletters.ports import DigestItem
from newsletters.sanitise import excerpt

MAX_ITEMS = 50


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


class Letters:
    """Supporters' letters are emptied 30 days after they left."""

    name = "letters"

    def forget(self) -> int:
        """Empty what is past its time; returns how many rows were touched."""
        return letters.forget_old()


LETTERS = Letters()


class TargetMailbox:
    """A letter met "no such mailbox": nobody else writes into nothing."""

    def mailbox_missing(self, delivery: int, kind: str, address: str, code: str) -> None:
        """Take the target out of the forms."""
        if kind == mails.LETTER:
            targets.mark_dead(address=address, reason=f"{code}, delivery {delivery}")


TARGET_MAILBOX = TargetMailbox()
