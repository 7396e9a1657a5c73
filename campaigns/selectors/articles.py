"""Reading articles: what the public sees, what staff look for, what a digest takes."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from campaigns.models import Article, Category
from campaigns.states import ArticleState

PER_PAGE = 20


@dataclass(frozen=True)
class Neighbours:
    """The articles published just before and just after one."""

    older: Article | None
    newer: Article | None


@dataclass(frozen=True)
class Month:
    """A month in which something was published."""

    first_day: datetime
    articles: int


def public() -> QuerySet[Article]:
    """Everything the public may read now, newest first."""
    return Article.objects.filter(
        state=ArticleState.PUBLISHED, published_at__lte=timezone.now()
    ).order_by("-published_at", "-pk")


def public_for(language: str) -> QuerySet[Article]:
    """Each public article once: in ``language`` where there is such a version, else the first."""
    versions = public().order_by().filter(translation_group=OuterRef("translation_group"))
    wanted = versions.filter(language=language)
    earlier = versions.filter(pk__lt=OuterRef("pk"))
    return public().filter(Q(language=language) | (~Exists(wanted) & ~Exists(earlier)))


def public_in_category(category: Category) -> QuerySet[Article]:
    """What the public may read under one heading."""
    return public().filter(categories=category)


def public_in_month(year: int, month: int) -> QuerySet[Article]:
    """What was published in a month of the installation's own time zone."""
    return public().filter(published_at__year=year, published_at__month=month)


def public_article(slug: str) -> Article | None:
    """The article at an address, or None for an unknown one, a draft and one still to come."""
    if "\x00" in slug:  # PostgreSQL would not even compare it
        return None
    return public().prefetch_related("categories").filter(slug=slug).first()


def public_categories() -> QuerySet[Category]:
    """The headings under which the public finds something."""
    return Category.objects.filter(articles__in=public()).distinct()


def months() -> list[Month]:
    """Every month with something in it, newest first."""
    counted = (
        public()
        .order_by()
        .annotate(first_day=TruncMonth("published_at"))
        .values("first_day")
        .annotate(articles=Count("pk"))
        .order_by("-first_day")
    )
    return [Month(row["first_day"], row["articles"]) for row in counted]


def neighbours(article: Article) -> Neighbours:
    """The public articles around a public one."""
    here = article.published_at
    before = Q(published_at__lt=here) | Q(published_at=here, pk__lt=article.pk)
    after = Q(published_at__gt=here) | Q(published_at=here, pk__gt=article.pk)
    return Neighbours(
        older=public().filter(before).first(),
        newer=public().filter(after).order_by("published_at", "pk").first(),
    )


def translations(article: Article) -> QuerySet[Article]:
    """The same article in other languages, as far as the public may read them."""
    return (
        public()
        .filter(translation_group=article.translation_group)
        .exclude(pk=article.pk)
        .order_by("language", "pk")
    )


def moved_to(path: str) -> Article | None:
    """The public article that used to be at ``path``; one query, with or without the last slash."""
    if "\x00" in path:
        return None
    bare = path.rstrip("/")
    return public().filter(redirects__old_path__in=(bare, f"{bare}/")).first()


def published_between(since: datetime, until: datetime) -> QuerySet[Article]:
    """What became public in ``[since, until)``, newest first."""
    return (
        public()
        .filter(published_at__gte=since, published_at__lt=until)
        .prefetch_related("categories")
    )


def for_staff(*, search: str = "", state: str = "") -> QuerySet[Article]:
    """All articles, the ones worked on last first; ``state`` is a state, "coming" or empty."""
    found = Article.objects.order_by("-updated_at", "-pk").defer("body")
    now = timezone.now()
    if state == "coming":
        found = found.filter(state=ArticleState.PUBLISHED, published_at__gt=now)
    elif state == ArticleState.PUBLISHED:
        found = found.filter(state=ArticleState.PUBLISHED, published_at__lte=now)
    elif state in ArticleState.values:
        found = found.filter(state=state)
    for word in search.replace("\x00", "").split()[:5]:
        found = found.filter(
            Q(title__icontains=word) | Q(byline__icontains=word) | Q(slug__icontains=word)
        )
    return found
