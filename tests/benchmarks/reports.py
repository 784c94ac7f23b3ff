"""Weekly reports of 200 teams and the organisation's digest: read, written as mails, sent; with a page meanwhile."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from statistics import median, quantiles
from typing import Any

from tests.benchmarks import places
from tests.benchmarks.table import Table
from tests.dashboard.mails.sink import sink

MAILS = 5_000
LOOKS = 40  # at a page before and after the batch
PAUSE = 0.1  # seconds between two looks
DEPLOYMENTS = 50_000
CONTROLS = 100
FAILING_OF = 9


def measure(engines: list[str]) -> str:
    composed = Table(
        f"Weekly reports, 200 teams: 2,000 services, {CONTROLS} verdicts each, {DEPLOYMENTS:,} deployments; seconds",
        ["database", "read", "written as mails", "together", "queries", "largest mail KB"],
    )
    sent = Table(
        f"{MAILS:,} of them sent by one process to a mail server of this machine, and the overview meanwhile",
        [
            "database",
            "seconds",
            "of these composing",
            "mails/s",
            "overview ms alone",
            "meanwhile",
            "ratio",
            "ratio of p95",
        ],
    )
    for engine in engines:
        with places.database(engine) as environment:
            found = json.loads(places.run(["-m", "tests.benchmarks.reports"], environment))
            batch = _batch(environment, found["cookie"])
        read, written = found["read"], found["written"]
        composed.add(
            engine,
            f"{read:.2f}",
            f"{written:.2f}",
            f"{read + written:.2f}",
            str(found["queries"]),
            f"{found['largest'] / 1_000:.0f}",
        )
        sent.add(engine, *batch)
    return f"{composed}\n{sent}"


def _batch(environment: dict[str, str], cookie: str) -> list[str]:
    """The cells of the batch."""
    with sink() as server, _web(environment) as look_at:
        look = lambda: look_at("/", cookie)  # noqa: E731
        look()
        alone = [_seconds(look) for _ in range(LOOKS)]
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "manage.py", "send_weekly_reports"],
            cwd=places.ROOT,
            env={**environment, "EMAIL_URL": f"smtp://127.0.0.1:{server.port}"},
        )
        meanwhile, first = [], 0.0
        while process.poll() is None:
            if server.messages:
                first = first or time.perf_counter()
                meanwhile.append(_seconds(look))
            time.sleep(PAUSE)
        ended = time.perf_counter()
        alone += [_seconds(look) for _ in range(LOOKS)]
    if process.returncode or len(server.kept()) != MAILS or len(server.messages) != MAILS:
        raise RuntimeError(
            f"{len(server.messages)} mails went to {len(server.kept())} people, exit {process.returncode}"
        )
    return [
        f"{ended - began:.1f}",
        f"{first - began:.1f}",
        f"{MAILS / (ended - first):.0f}",
        f"{median(alone) * 1_000:.0f}",
        f"{median(meanwhile) * 1_000:.0f}",
        f"{median(meanwhile) / median(alone):.2f}",
        f"{quantiles(meanwhile, n=20)[-1] / quantiles(alone, n=20)[-1]:.2f}",
    ]


def _seconds(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


@contextmanager
def _web(environment: dict[str, str]) -> Iterator[Callable[[str, str], None]]:
    """The web server as ``up`` runs it; gives what loads a page."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = f"import django; django.setup(); from dashboard import embedded; embedded._start_web({port}).wait()"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=places.ROOT, env=environment, start_new_session=True)

    def get(path: str, cookie: str) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path, headers={"Cookie": f"sessionid={cookie}"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")

    try:
        _wait_for(lambda: get("/health/ready", ""))
        yield get
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _wait_for(act: Callable[[], None]) -> None:
    for _ in range(300):
        with suppress(OSError, RuntimeError):
            act()
            return
        time.sleep(0.2)
    raise RuntimeError("the web server does not start")


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
    found = {"read": read, "written": written, "queries": len(captured), "largest": max(sizes)}
    return found | {"cookie": _subscribe(now)}


def _subscribe(now: Any) -> str:
    """Addresses outside, as many as there are to be mails, all due now. Gives the session of who looks at a page."""
    from datetime import timedelta

    from django.contrib.auth.models import User
    from django.test import Client

    from dashboard.models import Subscription
    from ingest.models import Team

    teams = [None, *Team.objects.filter(retired_on=None).exclude(slug="unassigned").order_by("pk")]
    Subscription.objects.bulk_create(
        Subscription(
            address=f"p{number}@example.com", team=teams[number % len(teams)], zone="UTC",
            weekday=now.weekday(), hour=now.hour, confirmed_at=now - timedelta(days=2),
        )
        for number in range(MAILS)
    )  # fmt: skip
    client = Client()
    client.force_login(User.objects.create_user("of a benchmark"))
    return str(client.cookies["sessionid"].value)


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
