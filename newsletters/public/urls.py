"""Public addresses of this app."""

from django.urls import path

from newsletters.public import (
    access,
    address_changes,
    preferences,
    subscribe,
    test_links,
    tracking,
    unsubscribe,
)

app_name = "newsletters"
urlpatterns = [
    path("subscribe/", subscribe.subscribe, name="subscribe"),
    path("subscribe/sent/", subscribe.subscribe_sent, name="subscribe_sent"),
    path("c/<str:token>/", subscribe.confirm, name="confirm"),
    path("p/<str:token>/", preferences.preferences, name="preferences"),
    path("p/<str:token>/address/", preferences.new_address, name="new_address"),
    path("a/<str:token>/", address_changes.address, name="address"),
    path("p/<str:token>/data/", access.access_ask, name="access_ask"),
    path("p/<str:token>/forget/", access.forget_me, name="forget_me"),
    path("d/<str:token>/", access.access, name="access"),
    path("f/<str:token>/", preferences.fresh_link, name="fresh_link"),
    path("l/<str:token>/", tracking.follow, name="follow"),
    path("o/<str:token>.gif", tracking.opened, name="opened"),
    path("test-mail/", test_links.test_link, name="test_link"),
    path("u/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
]
