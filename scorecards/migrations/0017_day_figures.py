from typing import Any

from django.db import migrations

from scorecards.rollups.bucket import Bucket
from scorecards.rollups.figures import FIGURES, figures

BATCH = 1_000


def fill(apps: Any, editor: Any) -> None:
    """Put the figures of each day beside its bucket, and whose they are."""
    rollup = apps.get_model("scorecards", "DayRollup")
    rows = []
    for row in rollup.objects.filter(tier="").order_by("pk").iterator(chunk_size=BATCH):
        kind, _, pk = row.scope.partition(":")
        row.service_id = int(pk) if kind == "service" else None
        row.team_id = int(pk) if kind == "team" else None
        for name, value in zip(FIGURES, figures(Bucket.unpack(bytes(row.bucket))), strict=True):
            setattr(row, name, value)
        rows.append(row)
        if len(rows) == BATCH:
            rollup.objects.bulk_update(rows, [*FIGURES, "service", "team"], batch_size=100)
            rows = []
    if rows:
        rollup.objects.bulk_update(rows, [*FIGURES, "service", "team"], batch_size=100)


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0016_exemption_ended")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
