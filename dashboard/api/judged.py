"""What lists of judgements share: the services that are asked for, and the standard."""

from collections.abc import Mapping

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request

from dashboard import access
from dashboard.api.errors import BadQuery, UnknownScope
from ingest.models import Service
from scorecards.scans.in_force import InForce, in_force
from scorecards.standards.standard import Standard


def conditions() -> InForce:
    return in_force(timezone.localdate(timezone=settings.ORGANISATION_ZONE))


def standard_of(request: Request) -> Standard:
    """The standard that is asked for, the built-in one by default. Raises ``UnknownScope``."""
    code = request.query_params.get("standard", "DOP")
    for standard in conditions().standards:
        if standard.code == code:
            return standard
    raise UnknownScope(f"No standard {code[:40]!r} is in force.")


def services_of(request: Request) -> QuerySet[Service]:
    """The services that the caller may see, of the ``team`` or the ``service`` that is asked for.

    Raises:
        UnknownScope: there is none of that name, or none that the caller may see.
    """
    services = access.visible_services(request.user)
    for kind in ("team", "service"):
        slug = request.query_params.get(kind)
        if slug is None:
            continue
        if "\0" in slug:
            raise UnknownScope("No slug holds such a character.")
        if kind == "service":
            services = services.filter(slug=slug)
            found = services.exists()
        else:
            team = access.visible_teams(request.user).filter(slug=slug).first()
            services = services.alias(owner_team=access.owner()).filter(owner_team=team.pk if team else None)
            found = team is not None
        if not found:
            raise UnknownScope(f"This token sees no {kind} {slug[:120]!r}.")
    return services


def one_of(request: Request, name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """The value of a filter, empty where it is not used. Raises ``BadQuery``."""
    value = request.query_params.get(name, "")
    if value and value not in known:
        raise BadQuery(f"{name}={value[:40]!r} makes no sense. Use one of {', '.join(known)}.")
    return value
