"""Whose figures follow from a fact beside its own service's: incidents and deployments that name one another."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db.models import Q

from ingest.facts import bulk
from ingest.models import Correction, Corrects, Deployment, Incident, Source


def services_across(
    deployments: Collection[int], incidents: Collection[int], names: Iterable[str] = (), causes: Iterable[str] = ()
) -> set[int]:
    """The services that an incident ties to these facts, whoever said so: a source, or a person now or before.

    ``deployments``, ``incidents``: primary keys, each with all reports of the same, as far as they may have been
    reported or corrected before. ``names``: external ids of more deployments. ``causes``: of deployments that more
    incidents name or named.
    """
    named_by_hand, linked_by_hand = _by_hand(set(deployments), set(incidents))
    known, told = _texts(Deployment, "external_id", deployments), _texts(Incident, "caused_by", incidents)
    return _of_incidents({*names, *known}, linked_by_hand) | _of_deployments({*causes, *told}, named_by_hand)


def _texts(model: type[Deployment] | type[Incident], name: str, ids: Collection[int]) -> set[str]:
    found: set[str] = set()
    keys = [(pk,) for pk in ids]
    bulk.select(model, (name,), ("id",), keys, ("bigint",), lambda rows: found.update(text for (text,) in rows if text))
    return found


def with_reports(model: type[Deployment] | type[Incident], pk: int) -> set[int]:
    """The fact with all reports that are taken as one with it."""
    rows = model._default_manager
    first = rows.filter(pk=pk).values_list("duplicate_of", flat=True).first() or pk
    return {pk, first, *rows.filter(duplicate_of=first).values_list("pk", flat=True)}


def _by_hand(deployments: set[int], incidents: set[int]) -> tuple[set[int], set[int]]:
    """The deployments that people linked these incidents to, and the incidents that they linked to these deployments;
    also where that was undone: what follows from it then changes too."""
    if not deployments and not incidents:
        return set(), set()
    rows = list(Correction.objects.filter(what=Corrects.CAUSE).order_by().values_list("incident", "value"))
    named = {int(value) for pk, value in rows if pk in incidents and value is not None}
    return named, {pk for pk, value in rows if value in deployments and pk is not None}


def _of_incidents(causes: set[str], ids: set[int]) -> set[int]:
    """The services of the incidents that name one of ``causes``, or are among ``ids``; and of who stands for them."""
    found = set(ids)
    keys = [(external_id,) for external_id in causes]
    bulk.select(Incident, ("id",), ("caused_by",), keys, ("text",), lambda rows: found.update(pk for (pk,) in rows))
    services: set[int] = set()
    firsts: set[int] = set()

    def read(rows: Iterator[Any]) -> None:
        for service, first in rows:
            services.add(service)
            firsts.update(() if first is None else (first,))

    for wanted in (found, firsts):
        bulk.select(Incident, ("service", "duplicate_of"), ("id",), [(pk,) for pk in wanted], ("bigint",), read)
    return services


def _of_deployments(names: set[str], ids: set[int]) -> set[int]:
    """The services of the deployments of these external ids or primary keys; and of who stands for them."""
    if not names and not ids:
        return set()
    wanted = Q(source__in=Source.objects.all(), external_id__in=names) | Q(pk__in=ids)
    pairs = Deployment.objects.filter(wanted).values_list("service_id", "duplicate_of__service")
    return {pk for pair in pairs for pk in pair if pk is not None}
