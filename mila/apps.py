from importlib import import_module

from django.apps import AppConfig


class MilaConfig(AppConfig):
    """The roof as an app of Django's: its tasks are found, and every process knows the Celery app."""

    name = "mila"

    def ready(self) -> None:
        # Connects doorbells to tasks and makes `shared_task` know its app. Not at the top of the package:
        # the servers' keeper and other small programs import the package without needing Celery.
        import_module("mila.celery")
