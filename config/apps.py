"""The composition root as a Django app: checks, shared static files and commands."""

from django.apps import AppConfig

from worker.celery import app


class ConfigAppConfig(AppConfig):
    """Has no models."""

    name = "config"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Fill Celery's registry in every process, so that the web can ring by name."""
        app.autodiscover_tasks(force=True)
