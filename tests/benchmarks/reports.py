"""Weekly reports of 200 teams and the organisation's digest: read, written as mails, and sent to a list."""

import json
import sys
import time
from typing import Any

from tests.benchmarks import places
from tests.benchmarks.table import Table

DEPLOYMENTS = 50_000
CONTROLS = 100
FAILING_OF = 9


def measure(engines: list[str]) -> Table:
    table = Table(
        f"Weekly reports, 200 teams: 2,000 services, {CONTROLS} verdicts each, {DEPLOYMENTS:,} deployments; seconds",
        ["database", "read", "written as mails", "together", "queries", "largest mail KB"],
    )
    for engine in engines:
        with places.database(engine) as environment:
            found = json.loads(places.run(["-m", "tests.benchmarks.reports"], environment))
        read, written = found["read"], found["written"]
        table.add(
            engine,
            f"{read:.2f}",
            f"{written:.2f}",
            f"{read + written:.2f}",
            str(found["queries"]),
            f"{found['largest'] / 1_000:.0f}",
        )
    return table


def _costs() -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from dashboard.reports.compose import composed
    from dashboard.reports.render import message, rendered
    from dashboard.reports.weekly import last_whole_week
    from ingest.models import Team
    from tests.benchmarks.history import fill

    now = timezone.now()
    fill(DEPLOYMENTS, now)
    _judge(now)
    monday = last_whole_week(timezone.localdate())
    teams = {None, *Team.objects.exclude(slug="unassigned").values_list("pk", flat=True)}
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as captured:
        found = composed(monday, now, teams)
    read = time.perf_counter() - began
    began = time.perf_counter()
    mails = [message(rendered(one), "a@example.com", {}) for one in found.values()]
    sizes = [len(one.message().as_bytes()) for one in mails]
    written = time.perf_counter() - began
    if len(mails) != 201:
        raise RuntimeError(f"{len(mails)} mails were written, not 201")
    return {"read": read, "written": written, "queries": len(captured), "largest": max(sizes)}


def _judge(now: Any) -> None:
    """Verdicts of every service, of which some fail."""
    from ingest.models import Service
    from scorecards.models import ControlVerdict
    from scorecards.standards import pack

    standard = pack.builtin()
    if ControlVerdict.objects.exists():
        return  # the history brought its own
    ControlVerdict.objects.bulk_create(
        (
            ControlVerdict(service_id=pk, standard=standard.code, control=control.id, section=control.section,
                           level=control.level, phase=control.phase, since=now, verdict=verdict, counts={verdict: 1})
            for number, pk in enumerate(Service.objects.values_list("pk", flat=True))
            for place, control in enumerate(standard.controls[:CONTROLS])
            for verdict in ["fail" if (number * 7 + place * 13) % FAILING_OF == 0 else "pass"]
        ),
        batch_size=2_000,
    )  # fmt: skip


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(json.dumps(_costs()))
