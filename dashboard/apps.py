"""Shown: pages, charts, the REST API, accounts and the command that runs it all."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"
    default_auto_field = "django.db.models.BigAutoField"
