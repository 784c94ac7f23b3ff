"""An incident of one service that names a deployment of another, in whatever order the two are told."""

import pytest

from scorecards.models import JudgedDeployment, JudgedIncident
from scorecards.rollups.build import build_rollups
from tests.native_events import event, load_lines

pytestmark = pytest.mark.django_db

DEPLOYED = event(
    "d", "deployment.finished", "2026-03-02T10:00:00Z",
    service="pay", environment="production", deployment="pay-1", status="success",
)  # fmt: skip
OPENED = event("i", "incident.opened", "2026-03-02T11:00:00Z", service="web", incident="web-1", caused_by="pay-1")
RESOLVED = event("r", "incident.resolved", "2026-03-02T12:00:00Z", service="web", incident="web-1")


@pytest.mark.parametrize("lines", [[DEPLOYED, OPENED, RESOLVED], [RESOLVED, OPENED, DEPLOYED]])
def test_it_fails_the_deployment_that_is_named(lines):
    for line in lines:
        load_lines([line])
        build_rollups()
    judged = JudgedDeployment.objects.get()
    assert (judged.failed_by, judged.incident_count) == ("incident", 1)
    assert judged.restored_at.isoformat() == "2026-03-02T12:00:00+00:00"
    link = JudgedIncident.objects.get()
    assert (link.deployment_id, link.linked_by, link.service.slug) == (judged.pk, "name", "web")
