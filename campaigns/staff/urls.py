"""Staff addresses of this app; all live in the namespace ``staff``."""

from django.urls import URLPattern, path

from campaigns.staff import articles

urlpatterns: list[URLPattern] = [
    path("articles/", articles.articles, name="articles"),
    path("articles/new/", articles.article_new, name="article_new"),
    path("articles/<int:pk>/", articles.article, name="article"),
    path("articles/<int:pk>/preview/", articles.article_preview, name="article_preview"),
    path("articles/<int:pk>/unpublish/", articles.article_unpublish, name="article_unpublish"),
]
