"""The site's routes."""

from django.urls import include, path

from dashboard import health
from dashboard.api.document import Document
from dashboard.api.events import events
from dashboard.api.sarif import sarif
from dashboard.explained import Explain
from dashboard.exposition import Exposition

urlpatterns = [
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("metrics", Exposition.as_view(), name="exposition"),
    path("api/v1/explain/", Explain.as_view(), name="api-explain"),
    path("api/v1/", include("dashboard.api.urls")),
    path("api/schema/", Document.as_view(), name="schema"),
    path("badges/", include("dashboard.pages.badges.urls")),
    path("odata/v4/", include("dashboard.odata.urls")),
    path("ingest/events/", events, name="events"),
    path("ingest/sarif/", sarif, name="sarif"),
    path("ingest/", include("ingest.inbox.urls")),
    path("reports/", include("dashboard.reports.urls")),
    path("chat/", include("dashboard.chat.urls")),
    path("", include("dashboard.pages.urls")),
]

handler400 = "dashboard.pages.answers.bad_request"
handler403 = "dashboard.pages.answers.forbidden"
handler404 = "dashboard.pages.answers.not_found"
handler500 = "dashboard.pages.answers.broken"
