"""All addresses: public at the root, staff under ``staff/``, raw rows under ``admin/``."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from campaigns.public import urls as campaigns_public
from campaigns.staff import urls as campaigns_staff
from config import pages
from config.context import here
from newsletters.public import urls as newsletters_public
from newsletters.staff import urls as newsletters_staff
from petitions.public import urls as petitions_public
from petitions.staff import urls as petitions_staff

staff_patterns = [
    path("", pages.today, name="today"),
    *newsletters_staff.urlpatterns,
    *campaigns_staff.urlpatterns,
    *petitions_staff.urlpatterns,
]

urlpatterns = [
    path("", pages.home, name="home"),
    path("healthz", pages.health, name="health"),
    path("staff/login/", LoginView.as_view(extra_context={"site": here}), name="login"),
    path("staff/logout/", LogoutView.as_view(), name="logout"),
    path("staff/", include((staff_patterns, "staff"))),
    path("admin/", admin.site.urls),
    path("", include(newsletters_public)),
    path("", include(petitions_public)),
    path("", include(campaigns_public)),
]

handler404 = "config.pages.not_found"
