from collections import defaultdict
from typing import Any

from django.conf import settings
from django.db import migrations
from django.utils import timezone

from ingest.catalogue.ownership import Statement, owner_on, timeline


def note_owners(apps: Any, editor: Any) -> None:
    """Note on each service who owns it today, from what was said of it until now."""
    ownership, service = apps.get_model("ingest", "Ownership"), apps.get_model("ingest", "Service")
    statements: dict[int, list[Statement]] = defaultdict(list)
    for service_id, team_id, basis, at, key in ownership.objects.values_list("service", "team", "basis", "at", "key"):
        statements[service_id].append(Statement(at=at, key=key, basis=basis, team_id=team_id))
    today = timezone.localdate(timezone=settings.ORGANISATION_ZONE)
    for service_id, told in statements.items():
        owner = owner_on(timeline(told, settings.ORGANISATION_ZONE), today)
        service.objects.filter(pk=service_id).update(owner=owner)


class Migration(migrations.Migration):
    dependencies = [("ingest", "0012_datasets")]

    operations = [migrations.RunPython(note_owners, migrations.RunPython.noop)]
