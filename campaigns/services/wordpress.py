"""Bringing the posts of a WordPress site over: all of a file, or nothing of it."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from campaigns import wordpress_text
from campaigns.errors import ArticleRefused, WordPressRefused
from campaigns.models import Article, Category, Redirect
from campaigns.services.articles import (
    SLUG_LENGTH,
    ArticleText,
    create_article,
    get_or_create_category,
    publish,
)
from campaigns.services.slugs import free_slug
from campaigns.states import ArticleKind
from campaigns.wordpress import Item, Label, read_items
from newsletters.sanitise import excerpt, flattened, is_too_deep, plain_text

_KINDS = {
    "appeal": ArticleKind.APPEAL,
    "appeals": ArticleKind.APPEAL,
    "press-release": ArticleKind.PRESS_RELEASE,
    "press-releases": ArticleKind.PRESS_RELEASE,
    "open-letter": ArticleKind.OPEN_LETTER,
    "open-letters": ArticleKind.OPEN_LETTER,
}
_THROWN_AWAY = {"trash", "auto-draft", "inherit"}
_NO_CATEGORY = {"", "uncategorized", "uncategorised"}
_MAX_PATH = 500
_MAX_TITLE = 200
_MAX_CATEGORY = 80


@dataclass
class Summary:
    """What an import did and what it left out, for the person who ran it."""

    published: int = 0
    drafts: int = 0
    already: int = 0
    redirects: int = 0
    categories: set[str] = field(default_factory=set)
    # post_type or "trash" → how many of them stayed behind.
    left_out: Counter[str] = field(default_factory=Counter)
    tags: int = 0
    # Posts that lost tags because too many lay one inside the other; they wait as drafts.
    flattened: int = 0


@transaction.atomic
def import_export(*, path: Path) -> Summary:
    """Make articles of the posts in ``path``; those that are here already stay untouched.

    Published posts keep date and slug and their old addresses lead on; any
    other status, and what had a password, becomes a draft. Raises
    WordPressRefused, and then nothing was written.
    """
    summary = Summary()
    for item in read_items(path):
        _import_item(item, summary)
    return summary


def _import_item(item: Item, summary: Summary) -> None:
    kind, status = item.get("wp:post_type") or "post", item.get("wp:status")
    if kind != "post":
        summary.left_out[kind] += 1
    elif status in _THROWN_AWAY:
        summary.left_out["trash"] += 1
    elif Article.objects.filter(imported_guid=_guid(item)).exists():
        summary.already += 1
    else:
        _import_post(item, summary)


def _import_post(item: Item, summary: Summary) -> None:
    categories = [_category(label) for label in _filed_under(item)]
    summary.categories.update(category.name for category in categories)
    summary.tags += sum(label.domain == "post_tag" for label in item.labels)
    article = create_article(text=_text(item, categories))
    Article.objects.filter(pk=article.pk).update(imported_guid=_guid(item))
    was_deep = is_too_deep(wordpress_text.body(item.get("content:encoded")))
    summary.flattened += was_deep
    is_public = item.get("wp:status") == "publish" and not item.get("wp:post_password")
    if is_public and not was_deep:
        _publish(article, item, summary)
    else:
        summary.drafts += 1
    summary.redirects += _keep_old_address(article, item.get("link"))


def _publish(article: Article, item: Item, summary: Summary) -> None:
    written_at = item.written_at
    if written_at is None:
        raise WordPressRefused(
            "date", _("The published post “%s” has no date that can be read.") % article.title
        )
    try:
        publish(article=article, at=written_at)
        summary.published += 1
    except ArticleRefused:
        # Nothing in it but what we cannot take along: a person has to look.
        summary.drafts += 1


def _guid(item: Item) -> str:
    guid = item.guid
    if not guid or len(guid) > _MAX_PATH:
        raise WordPressRefused(
            "guid", _("The post “%s” has no guid, or one that is too long.") % item.get("title")
        )
    return guid


def _text(item: Item, categories: list[Category]) -> ArticleText:
    body = flattened(wordpress_text.body(item.get("content:encoded")))
    title = " ".join(plain_text(item.get("title")).split()) or excerpt(body, words=8)
    title = title or _("Untitled")
    if len(title) > _MAX_TITLE:
        title = title[: _MAX_TITLE - 1].rstrip() + "…"
    kinds = [_KINDS[category.slug] for category in categories if category.slug in _KINDS]
    return ArticleText(
        title=title,
        body=body,
        slug=free_slug(Article, unquote(item.get("wp:post_name")) or title, SLUG_LENGTH),
        kind=kinds[0] if kinds else ArticleKind.ARTICLE,
        excerpt=item.get("excerpt:encoded"),
        byline=item.byline[:120],
        language=_language(item),
        categories=categories,
    )


def _language(item: Item) -> str:
    """The site's language as far as this installation writes in it, else its first one."""
    code = item.language.partition("-")[0].lower()
    return code if code in settings.CONTENT_LANGUAGES else settings.CONTENT_LANGUAGES[0]


def _filed_under(item: Item) -> list[Label]:
    return [
        label
        for label in item.labels
        if label.domain == "category" and label.nicename.lower() not in _NO_CATEGORY
    ]


def _category(label: Label) -> Category:
    name = " ".join(plain_text(label.name).split())[:_MAX_CATEGORY]
    slug = slugify(unquote(label.nicename), allow_unicode=True)[:_MAX_CATEGORY]
    return get_or_create_category(slug=slug or "category", name=name or slug)


def _keep_old_address(article: Article, link: str) -> bool:
    """The path of ``link`` leads to the article from now on, where it is an address of its own."""
    try:
        path = unquote(urlsplit(link).path).replace("\x00", "")
    except ValueError:  # square brackets that hold no IPv6 address
        return False
    if path in {"", "/", article.get_absolute_url()} or len(path) > _MAX_PATH:
        return False
    _redirect, made = Redirect.objects.get_or_create(old_path=path, defaults={"article": article})
    return made
