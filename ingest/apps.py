"""Observed: the catalogue, the inbox of deliveries and the facts joined from them."""

from django.apps import AppConfig


class IngestConfig(AppConfig):
    name = "ingest"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ingest import doorbell

        doorbell.connect()
