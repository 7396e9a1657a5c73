"""Public addresses of this app."""

from django.urls import URLPattern, path, re_path

from campaigns.public import actions, articles, events, feed, letters, pictures, rsvps

app_name = "campaigns"
urlpatterns: list[URLPattern] = [
    path("news/", articles.articles, name="articles"),
    re_path(
        r"^news/(?P<year>[12][0-9]{3})/(?P<month>0[1-9]|1[0-2])/$", articles.month, name="month"
    ),
    path("news/category/<str:slug>/", articles.category, name="category"),
    path("news/<str:slug>/", articles.article, name="article"),
    path("feed.atom", feed.feed, name="feed"),
    re_path(
        r"^media/(?P<folder>articles|cases)/(?P<name>[0-9a-f]{32}\.(?:jpg|png))$",
        pictures.picture,
        name="picture",
    ),
    path("urgent-actions/", actions.index, name="actions"),
    path("urgent-actions/<str:slug>/", actions.show, name="action"),
    path("urgent-actions/<str:slug>/write/", letters.write, name="letter_write"),
    path("urgent-actions/<str:slug>/sent/", letters.sent, name="letter_sent"),
    path("urgent-actions/<str:slug>/print/", letters.print_page, name="letter_print"),
    path("letters/confirm/<str:token>/", letters.confirm, name="letter_confirm"),
    path("events/", events.index, name="events"),
    path("events.ics", events.feed, name="events_ics"),
    # Before the answers: an event may be called "answer".
    path("events/<str:slug>/come/", rsvps.write, name="rsvp_write"),
    path("events/<str:slug>/sent/", rsvps.sent, name="rsvp_sent"),
    path("events/<str:slug>/event.ics", events.ics, name="event_ics"),
    path("events/answer/<str:token>/", rsvps.answer, name="rsvp"),
    path("events/answer/<str:token>/event.ics", rsvps.ics, name="rsvp_ics"),
    path("events/<str:slug>/", events.show, name="event"),
    path("cases/<str:slug>/", actions.case, name="case"),
]
