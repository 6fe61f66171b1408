"""A market for tech help at home. Django finds the Celery app here, so every process has it."""

from mila.celery import app as celery_app

__all__ = ["celery_app"]
