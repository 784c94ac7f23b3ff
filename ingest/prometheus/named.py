"""Label values -> services of the catalogue, as deliveries resolve names: other names and former slugs first."""

from collections.abc import Iterable
from datetime import UTC, datetime

from ingest.catalogue.names import slug_of
from ingest.catalogue.resolve import Catalogue
from ingest.models import CatalogueName, Service, Signal
from ingest.parsers.observation import ServiceSeen

MAX_NAME = 200
_KIND = CatalogueName.Kind.SERVICE


def name_in(signal: Signal, labels: dict[str, str]) -> str:
    """What the labels of a series call its service; empty where they name none."""
    value = labels.get(signal.service_label, "")
    name = str(signal.services.get(value, value)).strip()
    return name if len(name) <= MAX_NAME else ""


def known_services(names: Iterable[str]) -> dict[str, int]:
    """The services that are registered, by name as written; of a name that is not registered nothing."""
    wanted = {name for name in names if name}
    found = _named(wanted)
    slugs = {name: slug_of(name) for name in wanted - found.keys()}
    ids = _named(slugs.values())
    ids |= dict(Service.objects.filter(slug__in=set(slugs.values())).values_list("slug", "pk"))
    return found | {name: ids[slug] for name, slug in slugs.items() if slug in ids}


def registered_services(names: Iterable[str]) -> dict[str, int]:
    """All of them, by name as written; who is not registered becomes so, of team unassigned. In a transaction."""
    wanted = sorted({name for name in names if name})
    if not wanted:
        return {}
    seen = [ServiceSeen(datetime.now(UTC), "", name, {}) for name in wanted]
    return {name: row.pk for name, row in Catalogue(seen).services.items()}


def _named(names: Iterable[str]) -> dict[str, int]:
    return dict(CatalogueName.objects.filter(kind=_KIND, name__in=set(names)).values_list("name", "object_id"))
