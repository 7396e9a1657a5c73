"""Writing articles: saving, publishing, taking back. Bodies are made safe here and nowhere else."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from campaigns.errors import ArticleRefused
from campaigns.models import Article, Campaign, Category, Redirect
from campaigns.services import pictures
from campaigns.services.bodies import safe_body
from campaigns.services.slugs import free_slug
from campaigns.states import ArticleKind, ArticleState
from newsletters.errors import LinkRefused
from newsletters.links_safe import check_url
from newsletters.models import Topic
from newsletters.sanitise import is_too_deep, plain_text

# Leaves room for a number behind it in the column.
SLUG_LENGTH = 190
# Further away a time zone may carry a moment over the end of the calendar.
_YEARS = range(1900, 2201)
_NEVER = datetime.min.replace(tzinfo=UTC)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TOO_DEEP = _(
    "There are too many tags one inside the other. Paste the text without formatting,"
    " then format it anew."
)


@dataclass(frozen=True)
class ArticleText:
    """What a person writes or an export holds; states and times are not in it."""

    title: str
    body: str = ""
    slug: str = ""
    kind: str = ArticleKind.ARTICLE
    excerpt: str = ""
    byline: str = ""
    language: str = "en"
    source_name: str = ""
    source_url: str = ""
    picture_alt: str = ""
    picture_caption: str = ""
    campaign: Campaign | None = None
    # The article in another language that this one says again; None leaves it as it is.
    translation_of: Article | None = None
    categories: list[Category] = field(default_factory=list)
    # A heading that may not exist yet.
    new_category: str = ""


@dataclass(frozen=True)
class PictureChange:
    """A picture to set, or the one there is to take away."""

    upload: UploadedFile | None = None
    remove: bool = False


@transaction.atomic
def create_article(*, text: ArticleText, picture: PictureChange | None = None) -> Article:
    """A new draft. Without a slug it gets a free one made of the headline.

    Raises ArticleRefused (code names the field) and PictureRefused.
    """
    values = _values(text)
    values["slug"] = _chosen_slug(text, article=None)
    if text.translation_of:
        values["translation_group"] = text.translation_of.translation_group
    _check_alt(text, picture, has_one=False)
    values |= _picture(picture)
    try:
        with transaction.atomic():
            article = Article.objects.create(**values)
    except IntegrityError:
        # Somebody took the same address a moment ago.
        _forget(values)
        raise _slug_taken() from None
    article.categories.set(_categories(text))
    return article


@transaction.atomic
def update_article(
    *,
    article: Article,
    text: ArticleText,
    seen: datetime | None,
    picture: PictureChange | None = None,
) -> Article:
    """The article with new words; its state stays. A public address it had keeps leading here.

    ``seen`` is ``updated_at`` as it was when the writer opened the page. Raises
    ArticleRefused: code "changed" when somebody else saved since, otherwise the
    field; PictureRefused for a bad picture.
    """
    values = _values(text)
    values["slug"] = _chosen_slug(text, article=article)
    if text.translation_of:
        values["translation_group"] = text.translation_of.translation_group
    values["updated_at"] = timezone.now()
    _check_alt(text, picture, has_one=bool(article.picture))
    values |= _picture(picture)
    old_slug, old_picture = article.slug, article.picture.name
    try:
        with transaction.atomic():
            unchanged = Article.objects.filter(pk=article.pk, updated_at=seen or _NEVER)
            changed = unchanged.update(**values)
    except IntegrityError:
        _forget(values)
        raise _slug_taken() from None
    if changed != 1:
        _forget(values)
        raise ArticleRefused(
            "changed",
            _(
                "Somebody else saved this article since you opened it. Your text is still here:"
                " copy what you changed, then open the article again."
            ),
        )
    article.refresh_from_db()
    article.categories.set(_categories(text))
    _keep_old_address(article, old_slug)
    if old_picture and old_picture != article.picture.name:
        transaction.on_commit(lambda: default_storage.delete(old_picture))
    return article


def publish(*, article: Article, at: datetime | None = None) -> Article:
    """DRAFT → PUBLISHED; the public reads it from ``at`` on, or from now.

    An article that was public before keeps its first date unless ``at`` is
    given. Publishing a published one only moves its time, if ``at`` is given.
    Raises ArticleRefused when the headline or the text is missing, or when
    ``at`` lies in a year that no calendar of ours can show.
    """
    if at and at.year not in _YEARS:
        raise ArticleRefused("publish_at", _("Write a year between 1900 and 2200."))
    if not article.title.strip():
        raise ArticleRefused("title", _("Write a headline before it is published."))
    if not plain_text(article.body).strip():
        raise ArticleRefused("body", _("Write the text before it is published."))
    now = timezone.now()
    first = article.published_at
    when = at or (first if first and first <= now else now)
    moved = Article.objects.filter(pk=article.pk, state=ArticleState.DRAFT).update(
        state=ArticleState.PUBLISHED, published_at=when, updated_at=now
    )
    if not moved and at is not None:
        Article.objects.filter(pk=article.pk, state=ArticleState.PUBLISHED).update(
            published_at=at, updated_at=now
        )
    article.refresh_from_db()
    return article


def unpublish(*, article: Article) -> Article:
    """PUBLISHED → DRAFT: the public finds it no more. The date is kept for when it returns."""
    Article.objects.filter(pk=article.pk, state=ArticleState.PUBLISHED).update(
        state=ArticleState.DRAFT, updated_at=timezone.now()
    )
    article.refresh_from_db()
    return article


def get_or_create_category(*, slug: str, name: str) -> Category:
    """The heading, and the topic of the same slug that readers may choose."""
    category, _made = Category.objects.get_or_create(slug=slug, defaults={"name": name})
    Topic.objects.get_or_create(slug=slug, defaults={"name": category.name})
    return category


def _values(text: ArticleText) -> dict[str, Any]:
    if is_too_deep(text.body):
        raise ArticleRefused("body", _TOO_DEEP)
    excerpt = plain_text(text.excerpt) if "<" in text.excerpt else text.excerpt
    return {
        "title": _line(text.title),
        "body": safe_body(text.body),
        "kind": text.kind,
        "excerpt": _CONTROLS.sub("", excerpt).strip(),
        "byline": _line(text.byline),
        "language": text.language,
        "source_name": _line(text.source_name),
        "source_url": _source_url(text.source_url.strip()),
        "picture_alt": _line(text.picture_alt),
        "picture_caption": _line(text.picture_caption),
        "campaign": text.campaign,
    }


def _line(text: str) -> str:
    """On one line, without what a feed (XML) cannot hold."""
    return _CONTROLS.sub("", " ".join(text.split()))


def _source_url(link: str) -> str:
    if not link:
        return ""
    try:
        return check_url(link)
    except LinkRefused as refusal:
        raise ArticleRefused("source_url", refusal.message) from None


def _chosen_slug(text: ArticleText, *, article: Article | None) -> str:
    typed = slugify(text.slug, allow_unicode=True)[:SLUG_LENGTH]
    if not typed:
        return article.slug if article else free_slug(Article, text.title, SLUG_LENGTH)
    taken = Article.objects.filter(slug=typed)
    if article:
        taken = taken.exclude(pk=article.pk)
    if taken.exists():
        raise _slug_taken()
    return typed


def _slug_taken() -> ArticleRefused:
    return ArticleRefused("slug", _("Another article has this address; choose another one."))


def _categories(text: ArticleText) -> list[Category]:
    name = " ".join(text.new_category.split())
    if not name:
        return text.categories
    slug = slugify(name, allow_unicode=True)
    if not slug:
        raise ArticleRefused("new_category", _("Name the subject with letters."))
    return [*text.categories, get_or_create_category(slug=slug, name=name)]


def _check_alt(text: ArticleText, change: PictureChange | None, *, has_one: bool) -> None:
    """A picture nobody describes says nothing to a reader who cannot see it."""
    stays = has_one and not (change and change.remove)
    if ((change and change.upload) or stays) and not text.picture_alt.strip():
        raise ArticleRefused("picture_alt", _("Say in a few words what the picture shows."))


def _picture(change: PictureChange | None) -> dict[str, Any]:
    if change and change.upload:
        file = pictures.re_encode(change.upload)
        return {"picture": default_storage.save(f"articles/{file.name}", file)}
    return {"picture": ""} if change and change.remove else {}


def _forget(values: dict[str, Any]) -> None:
    """The row was not written: the file just stored belongs to nobody."""
    if values.get("picture"):
        default_storage.delete(values["picture"])


def _keep_old_address(article: Article, old_slug: str) -> None:
    """Links to a public article go on working after its address changed, also back and forth."""
    if article.slug == old_slug:
        return
    Redirect.objects.filter(old_path=reverse("campaigns:article", args=[article.slug])).delete()
    if article.state == ArticleState.PUBLISHED:
        Redirect.objects.update_or_create(
            old_path=reverse("campaigns:article", args=[old_slug]), defaults={"article": article}
        )
