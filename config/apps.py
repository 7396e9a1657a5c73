"""The composition root as a Django app: checks, shared static files and commands."""

from importlib import import_module

from django.apps import AppConfig

from worker.celery import app


class ConfigAppConfig(AppConfig):
    """Has no models."""

    name = "config"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Fill Celery's registry, so that the web too can ring by name; add our checks."""
        app.autodiscover_tasks(force=True)
        # They look at models, which exist only now.
        import_module("config.checks")
