"""The routes of ``/odata/v4/``."""

from django.urls import path

from dashboard.odata.views import Count, Entities, Metadata, Service

app_name = "odata"
urlpatterns = [
    path("", Service.as_view(), name="service"),
    path("$metadata", Metadata.as_view(), name="metadata"),
    path("<str:name>", Entities.as_view(), name="entities"),
    path("<str:name>/$count", Count.as_view(), name="count"),
]
