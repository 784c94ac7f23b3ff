"""A small organisation whose rows hold what files get wrong: quotes, line ends, formulas, nulls and other scripts."""

from datetime import timedelta
from typing import Any

from ingest.models import Service, Team
from scorecards.adoption import build as adoption
from scorecards.models import JudgedDeployment
from scorecards.rollups.build import build_rollups
from scorecards.scans import controls
from scorecards.scans.daily import sum_up
from tests.dashboard.datasets import acts
from tests.factories import (
    NOON,
    make_change,
    make_deployment,
    make_incident,
    make_pull_request,
    make_repository,
    make_service,
    make_team,
)
from tests.scorecards.scans.scanning import conditions, standard

HOSTILE = '=HYPERLINK("http://evil","a,b")\r\nnext;line'


def organisation(pay: Team, slug: str = "checkout") -> Service:
    """Two deployments of team pay, one of them failed, and what belongs to them."""
    service = make_service(slug, pay)
    repository = make_repository(f"acme/{slug}", service)
    first = make_deployment(
        service, by=HOSTILE, version="-1+2", url="https://ci.example/1", bot=True, external_id="first"
    )
    later = NOON + timedelta(hours=2, microseconds=123_400)
    second = make_deployment(
        service, later, by="Åsa \U0001f680, 'q' \"p\"\ttab\\", version="", repository=repository, external_id="second"
    )
    make_deployment(service, None, status="running", external_id="third")
    for one, failed in ((first, True), (second, False)):
        JudgedDeployment.objects.create(
            deployment=one,
            service=service,
            environment_class="production",
            status="succeeded",
            failed=failed,
            failed_by="incident,rolled_back" if failed else "",
            content="list",
            change_count=1,
            unmapped_count=0,
            incident_count=int(failed),
            finished_at=one.finished_at,
            restored_at=later if failed else None,
            counted=True,
            rollback=False,
            redeploy=False,
            hotfix=False,
            corrected=False,
        )
    make_change(repository, title="@sum", reverts=["a" * 40])
    make_pull_request(repository, title="\tindented")
    make_incident(service, title="")
    return service


def every_kind(monkeypatch: Any) -> Service:
    """Rows of every dataset, those of ``organisation`` among them, whose service is returned; all judged."""
    monkeypatch.setattr(controls, "in_force", lambda today: conditions())
    acts.begin()
    for number in range(3):
        acts.deploy(number, number + 3)
    acts.deploy(8, 1)
    acts.break_down(8, 1)
    service = organisation(make_team("hostile"), "hostile")
    build_rollups()
    adoption.keep(NOON)
    sum_up([standard()], NOON.date())
    return service
