"""The news pages."""

from datetime import datetime

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Article, Category
from campaigns.public.caching import public_page
from campaigns.selectors import articles as selectors


@public_page
def articles(request: HttpRequest) -> HttpResponse:
    """Everything, newest first."""
    return _listing(request, selectors.public(), title=_("News"))


@public_page
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """What is filed under one heading."""
    heading = get_object_or_404(selectors.public_categories(), slug=slug.replace("\x00", ""))
    found = selectors.public_in_category(heading)
    return _listing(request, found, title=heading.name, chosen=heading)


@public_page
def month(request: HttpRequest, year: str, month: str) -> HttpResponse:
    """What was published in one month."""
    found = selectors.public_in_month(int(year), int(month))
    if not found.exists():
        raise Http404
    first_day = datetime(int(year), int(month), 1, tzinfo=timezone.get_current_timezone())
    return _listing(request, found, title=_("News"), first_day=first_day)


@public_page
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article. Drafts and what is still to come do not exist here."""
    found = selectors.public_article(slug)
    if found is None:
        raise Http404
    context = {
        "section": "articles",
        "article": found,
        "address": settings.SITE_URL + found.get_absolute_url(),
        "neighbours": selectors.neighbours(found),
        "translations": selectors.translations(found),
    }
    return render(request, "campaigns/public/article.html", context)


def _listing(
    request: HttpRequest,
    found: QuerySet[Article],
    *,
    title: str,
    chosen: Category | None = None,
    first_day: datetime | None = None,
) -> HttpResponse:
    page = Paginator(found, selectors.PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "articles",
        "title": title,
        "page_obj": page,
        "chosen": chosen,
        "first_day": first_day,
        "categories": selectors.public_categories(),
        "months": selectors.months(),
        "address": settings.SITE_URL + request.path,
        "feed_address": settings.SITE_URL + reverse("campaigns:feed"),
    }
    return render(request, "campaigns/public/article_list.html", context)
