"""The app as Django knows it."""

from django.apps import AppConfig


class PetitionsConfig(AppConfig):
    """Registers the models; has no signals."""

    name = "petitions"
    default_auto_field = "django.db.models.BigAutoField"
