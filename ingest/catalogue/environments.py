"""An environment's class, as a person sets it: what a name stands for is sometimes known by people alone."""

from django.conf import settings
from django.db import transaction

from ingest.catalogue.names import environment_class
from ingest.models import ChangedService, Deployment, Environment, Incident, SignalSample


@transaction.atomic
def classify_environment(environment: Environment, chosen: str) -> Environment:
    """Put an environment into the class ``chosen`` for good; empty: into the one that its name tells, by settings.

    Every service that deployed there, or had an incident there, is judged anew. ``chosen`` is one of
    ``EnvironmentClass`` or empty, which the caller has checked.
    """
    found = chosen or environment_class(environment.name, settings.ENVIRONMENT_CLASSES)
    moved = found != environment.environment_class
    environment.environment_class, environment.set_by_hand = found, bool(chosen)
    environment.save(update_fields=["environment_class", "set_by_hand"])
    if moved:
        ChangedService.objects.bulk_create(
            [ChangedService(service_id=pk, regroup=True) for pk in sorted(_services_of(environment))]
        )
    return environment


def _services_of(environment: Environment) -> set[int]:
    deployed = Deployment.objects.filter(environment=environment).order_by().values_list("service", flat=True)
    troubled = Incident.objects.filter(environment=environment).order_by().values_list("service", flat=True)
    told = SignalSample.objects.filter(environment=environment.name).exclude(service=None)
    return {*deployed.distinct(), *troubled.distinct(), *told.values_list("service", flat=True).distinct()}
