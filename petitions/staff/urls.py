"""Staff addresses of this app; all live in the namespace ``staff``."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
