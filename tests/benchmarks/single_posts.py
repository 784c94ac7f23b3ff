"""Single webhooks a second through the real view, beside a bare view that inserts one row, in one process."""

import hmac
import statistics
import sys
import time
from collections.abc import Callable
from hashlib import sha256

from django.http import HttpRequest, HttpResponse

from tests.benchmarks import places
from tests.benchmarks.table import Table

ROUNDS = 5  # of each, by turns: what else the machine does then meets both
SECRET = "the secret of a benchmark"
BODY = (places.ROOT / "tests" / "data" / "github" / "deployment_status.json").read_bytes()


def measure(posts: int, engines: list[str]) -> Table:
    table = Table(
        "Webhooks: signed GitHub deliveries a second, beside a bare view that inserts one row",
        ["database", "webhooks/s", "bare rows/s", "ratio"],
    )
    for engine in engines:
        with places.database(engine) as environment:
            said = places.run(["-m", "tests.benchmarks.single_posts", str(posts)], environment)
        hooks, bare = map(float, said.split())
        table.add(engine, f"{hooks:,.0f}", f"{bare:,.0f}", f"{hooks / bare:.2f}")
    return table


def bare(request: HttpRequest) -> HttpResponse:
    """What is compared with: no signature, no look-up, one row."""
    from django.utils import timezone

    from ingest.models import Delivery, Source

    source = Source(pk=int(request.headers["X-Source"]))
    Delivery.objects.create(
        source=source, key=request.headers["X-Key"], body=request.body, digest="", received_at=timezone.now()
    )
    return HttpResponse(status=202)


def _posts(count: int) -> tuple[float, float]:
    """Posts a second to the webhook and to the bare view: medians of the rounds."""
    from django.conf import settings
    from django.contrib.auth.decorators import login_not_required
    from django.test import Client
    from django.urls import include, path
    from django.views.decorators.csrf import csrf_exempt

    from ingest.inbox.secrets import seal
    from ingest.models import Source

    urls = [path("bare/", csrf_exempt(login_not_required(bare))), path("", include("dashboard.urls"))]
    settings.ROOT_URLCONF = tuple(urls)
    settings.STATIC_ROOT = None
    source = Source.objects.create(kind="github", name="A benchmark", secrets=seal([SECRET]))
    signature = "sha256=" + hmac.new(SECRET.encode(), BODY, sha256).hexdigest()
    client = Client(SERVER_NAME="localhost")
    address = f"/ingest/github/{source.public_id}/"

    def hook(key: str) -> int:
        headers = {"X-GitHub-Event": "deployment_status", "X-GitHub-Delivery": key, "X-Hub-Signature-256": signature}
        return client.post(address, BODY, "application/json", headers=headers).status_code

    def row(key: str) -> int:
        headers = {"X-Source": str(source.pk), "X-Key": key}
        return client.post("/bare/", BODY, "application/json", headers=headers).status_code

    hooks, rows = [], []
    for number in range(ROUNDS):
        rows.append(_rate(row, count, f"row-{number}"))
        hooks.append(_rate(hook, count, f"hook-{number}"))
    return statistics.median(hooks), statistics.median(rows)


def _rate(post: Callable[[str], int], count: int, name: str) -> float:
    began = time.perf_counter()
    answers = {post(f"{name}-{number}") for number in range(count)}
    seconds = time.perf_counter() - began
    if answers != {202}:
        raise RuntimeError(f"answers were {answers}")
    return count / seconds


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write("{} {}".format(*_posts(int(sys.argv[1]))))
