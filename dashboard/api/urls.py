"""The routes of ``/api/v1/``."""

from django.urls import path

from dashboard.api.metrics import Metrics

app_name = "api"
urlpatterns = [
    path("metrics/", Metrics.as_view(), name="metrics"),
]
