"""A small organisation whose rows hold what files get wrong: quotes, line ends, formulas, nulls and other scripts."""

from datetime import timedelta

from ingest.models import Service, Team
from scorecards.models import JudgedDeployment
from tests.factories import (
    NOON,
    make_change,
    make_deployment,
    make_incident,
    make_pull_request,
    make_repository,
    make_service,
)

HOSTILE = '=HYPERLINK("http://evil","a,b")\r\nnext;line'


def organisation(pay: Team) -> Service:
    """Two deployments of team pay, one of them failed, and what belongs to them."""
    service = make_service("checkout", pay)
    repository = make_repository("acme/checkout", service)
    first = make_deployment(service, by=HOSTILE, version="-1+2", url="https://ci.example/1", bot=True)
    later = NOON + timedelta(hours=2, microseconds=123_400)
    second = make_deployment(service, later, by="Åsa \U0001f680, 'q' \"p\"\ttab\\", version="", repository=repository)
    make_deployment(service, None, status="running")
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
