"""The site's routes."""

from django.urls import path

from dashboard import health

urlpatterns = [
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
]
