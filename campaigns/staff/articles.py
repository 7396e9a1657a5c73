"""Staff pages: find, write, preview, publish and take back articles."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from js_asset import Media

from campaigns.errors import ArticleRefused, PictureRefused
from campaigns.models import Article
from campaigns.selectors import articles as selectors
from campaigns.services import articles as services
from campaigns.staff.article_forms import ArticleForm, FindForm, initial
from campaigns.states import ArticleKind, ArticleState
from newsletters.staff.access import staff_page

PER_PAGE = 50


@staff_page("campaigns.change_article")
@require_safe
def articles(request: HttpRequest) -> HttpResponse:
    """All articles, with search and state."""
    form = FindForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"q": "", "state": ""}
    found = selectors.for_staff(search=asked["q"], state=asked["state"])
    context = {
        "section": "articles",
        "form": form,
        "filtered": any(asked.values()),
        "page_obj": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "now": timezone.now(),
    }
    return render(request, "campaigns/staff/article_list.html", context)


@staff_page("campaigns.change_article")
@require_http_methods(["GET", "HEAD", "POST"])
def article_new(request: HttpRequest) -> HttpResponseBase:
    """A new article."""
    return _editor(request, None)


@staff_page("campaigns.change_article")
@require_http_methods(["GET", "HEAD", "POST"])
def article(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Write on; with the button "publish" also publish."""
    return _editor(request, get_object_or_404(Article, pk=pk))


@staff_page("campaigns.change_article")
@require_safe
def article_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The page as the public will see it, from what was saved last."""
    shown = get_object_or_404(Article, pk=pk)
    context = {
        "section": "articles",
        "article": shown,
        "preview": True,
        "translations": selectors.translations(shown),
    }
    return render(request, "campaigns/public/article.html", context)


@staff_page("campaigns.change_article")
@require_POST
def article_unpublish(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it off the site."""
    services.unpublish(article=get_object_or_404(Article, pk=pk))
    messages.success(request, _("Taken off the site. It is a draft again; nothing is lost."))
    return redirect("staff:article", pk=pk)


def _editor(request: HttpRequest, shown: Article | None) -> HttpResponseBase:
    start = initial(shown) if shown else {"kind": ArticleKind.ARTICLE}
    form = ArticleForm(request.POST or None, request.FILES or None, initial=start)
    if request.method == "POST" and form.is_valid():
        saved = _save(form, shown)
        if saved and _publish(request, form, saved):
            return redirect("staff:article", pk=saved.pk)
        if saved:
            # Saved but not published: the form goes on from what is saved now.
            shown = saved
            form.go_on_from(saved)
    nonce = request.csp_nonce  # type: ignore[attr-defined]  # set by CSPMiddleware
    context = {
        "section": "articles",
        "form": form,
        "article": shown,
        "is_public": shown is not None and shown.state == ArticleState.PUBLISHED,
        "now": timezone.now(),
        "time_zone": timezone.get_current_timezone_name(),
        "editor": Media.from_media(form.media, nonce=nonce),
    }
    return render(request, "campaigns/staff/article.html", context)


def _save(form: ArticleForm, shown: Article | None) -> Article | None:
    """The saved article, or None with the reason at the field."""
    text, picture = form.text(), form.picture_change()
    try:
        if shown is None:
            return services.create_article(text=text, picture=picture)
        return services.update_article(
            article=shown, text=text, seen=form.cleaned_data["seen"], picture=picture
        )
    except ArticleRefused as refusal:
        form.add_error(_field(form, refusal), str(refusal))
    except PictureRefused as refusal:
        form.add_error("picture", str(refusal))
    return None


def _publish(request: HttpRequest, form: ArticleForm, saved: Article) -> bool:
    """Do what the pressed button says beyond saving; False with the reason at the field."""
    at = form.cleaned_data["publish_at"]
    moves = saved.state == ArticleState.PUBLISHED and at and "publish_at" in form.changed_data
    if request.POST.get("act") != "publish" and not moves:
        messages.success(request, _("Saved."))
        return True
    try:
        published = services.publish(article=saved, at=at)
    except ArticleRefused as refusal:
        form.add_error(_field(form, refusal), str(refusal))
        return False
    messages.success(request, _said(published))
    return True


def _said(published: Article) -> str:
    if published.published_at and published.published_at > timezone.now():
        return _("Saved. It will be on the site at the time you chose.")
    return _("It is on the site.")


def _field(form: ArticleForm, refusal: ArticleRefused) -> str | None:
    return refusal.code if refusal.code in form.fields else None
