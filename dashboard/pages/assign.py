"""Giving a service to a team, on the site."""

from datetime import datetime

from django.db import transaction

from ingest.models import ChangedService, Ownership, Service, Team


def assign_service(service: Service, team: Team, *, by: str, at: datetime) -> Ownership:
    """State that ``team`` owns ``service`` from ``at`` on, who says so, and have its figures regrouped.

    Definition: metrics.md, "Ownership": the first ownership reaches into the past.
    """
    with transaction.atomic():
        stated = Ownership.objects.create(
            service=service, team=team, basis=Ownership.Basis.SITE, key=f"site-{at.isoformat()}", by=by, at=at
        )
        ChangedService.objects.create(service=service, regroup=True)
    return stated
