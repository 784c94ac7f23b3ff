"""The routes of ``/api/v1/``."""

from django.urls import path

from dashboard.api import lists
from dashboard.api.adoption import Adoption
from dashboard.api.controls import Controls
from dashboard.api.exports import Export
from dashboard.api.gate import Gate
from dashboard.api.metrics import Metrics
from dashboard.api.scorecards import Scorecards

app_name = "api"
urlpatterns = [
    path("metrics/", Metrics.as_view(), name="metrics"),
    path("adoption/", Adoption.as_view(), name="adoption"),
    path("scorecards/", Scorecards.as_view(), name="scorecards"),
    path("exports/<str:dataset>.<str:form>", Export.as_view(), name="export"),
    path("services/<str:slug>/gate/", Gate.as_view(), name="gate"),
    *lists.urls(skip=("adoption", "scorecards"), bases={"controls": Controls}),
]
