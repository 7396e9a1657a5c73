"""The composition root: the only package that knows all apps."""

from worker.celery import app as celery_app

__all__ = ["celery_app"]
