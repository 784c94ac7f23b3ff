"""(pure) The signals that the standard names, each with the query that usually answers it."""

from typing import NamedTuple

from ingest.prometheus.told import SignalSaid


class Suggestion(NamedTuple):
    """``says``: what it is for, and what is expected of the metric."""

    said: SignalSaid
    says: str


def _suggest(name: str, kind: str, query: str, says: str, **labels: str) -> Suggestion:
    return Suggestion(SignalSaid(name, kind, query, **labels), says)  # type: ignore[arg-type]


SUGGESTIONS = (
    _suggest(
        "deployments",
        "deployments",
        "deployments_total",
        "Deployments by service and status, from a counter. Each increase is one deployment.",
    ),
    _suggest(
        "rollback-duration",
        "rollback_duration",
        "deployment_rollback_duration_seconds",
        "How long the last rollback took, from a gauge. Each new value is one rollback.",
    ),
    _suggest("gameday-score", "gameday_score", "gameday_score", "The score of each gameday's scenario, from a gauge."),
    _suggest("gameday-mttr", "gameday_mttr", "gameday_mttr", "How long recovery took in a gameday, in seconds."),
    _suggest(
        "error-rate",
        "error_rate",
        'sum by (service) (rate(http_requests_total{status=~"5.."}[5m])) '
        "/ sum by (service) (rate(http_requests_total[5m]))",
        "Share of requests that failed within five minutes: a trigger of the rollback policy.",
    ),
    _suggest(
        "p99-latency",
        "p99_latency",
        "histogram_quantile(0.99, sum by (le, service) (rate(http_request_duration_seconds_bucket[5m])))",
        "99th percentile of latency in seconds: a trigger of the rollback policy.",
    ),
    _suggest(
        "restarts",
        "restarts",
        "sum by (container) (increase(kube_pod_container_status_restarts_total[15m]))",
        "Restarts within 15 minutes, from kube-state-metrics; the container stands for the service.",
        service_label="container",
    ),
    _suggest(
        "memory-growth",
        "memory_growth",
        'max by (container) (deriv(container_memory_working_set_bytes{container!=""}[30m]))',
        "Bytes that memory grows by a second, from cAdvisor; the container stands for the service.",
        service_label="container",
    ),
)
