"""Staff addresses of this app; all live in the namespace ``staff``."""

from django.urls import URLPattern, path

from campaigns.staff import actions, articles, cases, events, targets

urlpatterns: list[URLPattern] = [
    path("articles/", articles.articles, name="articles"),
    path("articles/new/", articles.article_new, name="article_new"),
    path("articles/<int:pk>/", articles.article, name="article"),
    path("articles/<int:pk>/preview/", articles.article_preview, name="article_preview"),
    path("articles/<int:pk>/unpublish/", articles.article_unpublish, name="article_unpublish"),
    path("actions/", actions.actions, name="actions"),
    path("actions/new/", actions.action_new, name="action_new"),
    path("actions/<int:pk>/", actions.action, name="action"),
    path("actions/<int:pk>/open/", actions.action_open, name="action_open"),
    path("actions/<int:pk>/close/", actions.action_close, name="action_close"),
    path("events/", events.events, name="events"),
    path("events/new/", events.event_new, name="event_new"),
    path("events/<int:pk>/", events.event, name="event"),
    path("events/<int:pk>/announce/", events.event_announce, name="event_announce"),
    path("events/<int:pk>/call-off/", events.event_call_off, name="event_call_off"),
    path("events/<int:pk>/people/", events.event_people, name="event_people"),
    path("events/<int:pk>/door/", events.event_door, name="event_door"),
    path("cases/", cases.cases, name="cases"),
    path("cases/new/", cases.case_new, name="case_new"),
    path("cases/<int:pk>/", cases.case, name="case"),
    path("targets/", targets.targets, name="targets"),
    path("targets/new/", targets.target_new, name="target_new"),
    path("targets/<int:pk>/", targets.target, name="target"),
]
