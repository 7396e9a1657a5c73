"""Public addresses of this app."""

from django.urls import URLPattern

app_name = "newsletters"
urlpatterns: list[URLPattern] = []
