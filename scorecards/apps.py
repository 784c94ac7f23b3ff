"""Judged: metrics, rollups and standards, all recomputable from what was observed."""

from django.apps import AppConfig


class ScorecardsConfig(AppConfig):
    name = "scorecards"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scorecards import doorbell
        from scorecards.adoption import evidence
        from scorecards.rollups import forget
        from scorecards.scans import due

        doorbell.connect()
        forget.connect()
        due.connect()
        evidence.connect()
