"""Observed: the catalogue, the inbox of deliveries and the facts joined from them."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class IngestConfig(AppConfig):
    name = "ingest"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ingest import doorbell
        from ingest.inbox import counts

        doorbell.connect()
        pre_migrate.connect(counts.before_migrations, sender=self)
        post_migrate.connect(counts.keep_counting, sender=self)
