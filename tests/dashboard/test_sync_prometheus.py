"""``manage.py sync_prometheus``, and the worker that does the same each minute."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from dashboard import embedded
from dashboard.embedded import Signals, Stop
from ingest.models import Deployment, PrometheusServer
from ingest.tasks import sync_prometheus
from tests.factories import bearer, make_token
from tests.ingest.prometheus.world import DAYS, START, counters, deployments_signal, server_at
from tests.prometheus import prometheus

pytestmark = pytest.mark.django_db(transaction=True)

TRUTH = counters()


@pytest.fixture(scope="module")
def real():
    with prometheus(TRUTH.series) as server:
        yield server


def run(**options: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("sync_prometheus", stdout=out, stderr=err, **options)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def days_of(client, service: str) -> list[dict[str, object]]:
    query = {"scope": f"service:{service}", "from": "2026-03-01", "to": "2026-04-05", "interval": "day"}
    answer = client.get("/api/v1/metrics/", query, headers=bearer(make_token()[1]))
    assert answer.status_code == 200
    return answer.json()["results"]


def test_figures_of_a_service_known_by_counters_alone_equal_the_truth(real, client):
    deployments_signal(server_at(real.url))
    code, out, err = run()
    assert (code, err) == (0, "")
    assert f"main: deployments: {sum(TRUTH.counts.values()):,} deployments" in out
    for service in ("pay", "search"):
        rows = days_of(client, service)
        assert len(rows) == DAYS
        for row in rows:
            succeeded = TRUTH.counts[service, "success", row["from"]]
            failed = TRUTH.counts[service, "failed", row["from"]]
            assert (row["deployments"] or 0, row["failed_deployments"] or 0) == (succeeded, failed), row["from"]
            if succeeded + failed:
                assert row["change_failure_rate"] == pytest.approx(failed / (succeeded + failed), abs=1e-6)
    again, _, _ = run()
    assert again == 0
    assert Deployment.objects.count() == sum(TRUTH.counts.values())


def test_it_ends_with_1_and_says_why_where_a_server_does_not_answer(real):
    deployments_signal(server_at("http://127.0.0.1:9", "gone"))
    deployments_signal(server_at(real.url, "here"), since=START.date())
    code, out, _ = run()
    assert code == 1
    assert "gone: The server did not answer (ConnectionRefusedError)." in out
    assert Deployment.objects.count() == sum(TRUTH.counts.values())


def test_it_ends_with_1_where_a_query_is_refused(real):
    deployments_signal(server_at(real.url), query="deployments_total{")
    code, out, _ = run()
    assert code == 1
    assert "parse error" in out


def test_it_reads_one_server_alone(real):
    deployments_signal(server_at("http://127.0.0.1:9", "gone"))
    server_at(real.url, "here")
    assert run(server="here")[0] == 0


def test_it_says_what_to_do_where_no_server_is_set_up():
    with pytest.raises(CommandError, match="No server is set up"):
        call_command("sync_prometheus")
    with pytest.raises(CommandError, match="no server called other"):
        call_command("sync_prometheus", server="other")


def test_the_task_reads_what_is_due(real):
    server = server_at(real.url)
    assert sync_prometheus() == 1
    server.refresh_from_db()
    assert server.answered_at is not None


def test_the_embedded_worker_lives_on_whatever_fails(real, monkeypatch, caplog):
    server = server_at(real.url)

    def broken(now):
        raise RuntimeError("a bug")

    monkeypatch.setattr(embedded, "SIGNALS", (broken, *embedded.SIGNALS))
    Signals(Stop()).turn()
    assert "the worker tries again" in caplog.text
    server.refresh_from_db()
    assert server.answered_at is not None
    assert server.answered_at <= timezone.now()
    assert PrometheusServer.objects.filter(lease_by="").exists()
