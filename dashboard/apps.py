"""Shown: pages, charts, the REST API, accounts and the command that runs it all."""

from importlib import import_module

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Makes our Celery app the one that every shared task is sent through, also from the web processes.
        import_module("dashboard.celery")
