"""The app as Django knows it."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Registers the models; has no signals."""

    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"
