"""Shown: pages, charts, the REST API, accounts and the command that runs it all."""

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

from ingest.signals import person_erased


class DashboardConfig(AppConfig):
    name = "dashboard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Makes our Celery app the one that every shared task is sent through, also from the web processes.
        import_module("dashboard.celery")
        import_module("dashboard.confirmed").watch()
        person_erased.connect(import_module("dashboard.reports.addresses").forget)
        triggers = import_module("dashboard.datasets.triggers")
        pre_migrate.connect(triggers.before_migrations, sender=self)
        post_migrate.connect(triggers.keep_noting, sender=self)
        views = import_module("dashboard.sql.keeping")
        pre_migrate.connect(views.before_migrations, sender=self)
        post_migrate.connect(views.keep, sender=self)
