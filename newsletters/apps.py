"""The app as Django knows it."""

from django.apps import AppConfig


class NewslettersConfig(AppConfig):
    """Registers the models; has no signals."""

    name = "newsletters"
    default_auto_field = "django.db.models.BigAutoField"
