"""The routes of ``/api/v1/``."""

from django.urls import path

from dashboard.api.adoption import Adoption
from dashboard.api.controls import Controls
from dashboard.api.findings import Findings
from dashboard.api.gate import Gate
from dashboard.api.metrics import Metrics
from dashboard.api.scorecards import Scorecards
from dashboard.api.slos import Slos
from dashboard.api.waivers import Waivers

app_name = "api"
urlpatterns = [
    path("metrics/", Metrics.as_view(), name="metrics"),
    path("adoption/", Adoption.as_view(), name="adoption"),
    path("scorecards/", Scorecards.as_view(), name="scorecards"),
    path("controls/", Controls.as_view(), name="controls"),
    path("findings/", Findings.as_view(), name="findings"),
    path("slos/", Slos.as_view(), name="slos"),
    path("waivers/", Waivers.as_view(), name="waivers"),
    path("services/<str:slug>/gate/", Gate.as_view(), name="gate"),
]
