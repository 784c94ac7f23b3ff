"""Two campaigns that ask all services of the organisation of ``history``, and services that came to meet a control."""

from datetime import datetime, timedelta
from typing import Any

from ingest.models import Service
from scorecards.adoption.evidence import day_of
from scorecards.campaigns import keeping
from scorecards.models import Campaign, CampaignDay, ControlVerdict, VerdictChange

DAYS = 60
CHANGED_EVERY = 5  # of the services


def control() -> str:
    """One that services have verdicts of."""
    return ControlVerdict.objects.order_by("pk").values_list("control", flat=True)[0]


def fill(now: datetime) -> None:
    today = day_of(now)
    asked: dict[str, dict[str, Any]] = {"control": {"controls": [control()]}, "capability": {"capability": "security"}}
    for slug, said in asked.items():
        made = Campaign.objects.create(
            name=slug, slug=slug, starts_on=today - timedelta(days=DAYS), deadline=today + timedelta(days=DAYS),
            made_at=now, **said,
        )  # fmt: skip
        CampaignDay.objects.bulk_create(
            CampaignDay(
                campaign=made, day=today - timedelta(days=ago), in_scope=2_000, done=900 - 5 * ago, unknown=0, waived=0
            )
            for ago in range(DAYS, 0, -1)
        )
    keeping.keep(now)
    ids = Service.objects.order_by("pk").values_list("pk", flat=True)[::CHANGED_EVERY]
    VerdictChange.objects.bulk_create(
        VerdictChange(
            service_id=pk, standard="DOP", control=control(), before="fail", after="pass", cause="repository",
            at=now - timedelta(days=95 + number % 150),
        )
        for number, pk in enumerate(ids)
    )  # fmt: skip
