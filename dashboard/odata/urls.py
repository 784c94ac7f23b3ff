"""The routes of ``/odata/v4/``."""

from django.urls import path, re_path

from dashboard.odata.views import Batch, Cell, Count, Entities, Entity, Metadata, Nothing, Service

ROW = r"^(?P<name>[\w-]+)\((?P<key>.*)\)"

app_name = "odata"
urlpatterns = [
    path("", Service.as_view(), name="service"),
    path("$metadata", Metadata.as_view(), name="metadata"),
    path("$batch", Batch.as_view(), name="batch"),
    re_path(rf"{ROW}$", Entity.as_view(), name="entity"),
    re_path(rf"{ROW}/(?P<column>\w+)(?P<raw>/\$value)?$", Cell.as_view(), name="cell"),
    path("<str:name>", Entities.as_view(), name="entities"),
    path("<str:name>/$count", Count.as_view(), name="count"),
    path("<path:rest>", Nothing.as_view(), name="nothing"),
]
