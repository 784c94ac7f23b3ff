"""(pure) What makes a service resilient: settings, code, manifests and mesh that show each of four marks."""

import re
from collections.abc import Iterator
from typing import Any

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.application.files import Setting, own_workloads, sources
from scorecards.reading.durations import seconds_of
from scorecards.reading.kubernetes import Manifest, manifests
from scorecards.reading.services import ServiceUnit, folded, service_of
from scorecards.reading.sources import language
from scorecards.reading.subject import Subject

MARKS = ("graceful shutdown", "health endpoint", "metrics endpoint", "circuit breaker and bounded retry")
_EXPOSED = "management.endpoints.web.exposure.include"
# Language -> (mark, words that show it). Breaker and retry are two halves of one mark.
_CODE: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "go": (
        (MARKS[0], (".Shutdown(", "GracefulStop(", "signal.NotifyContext")),
        (MARKS[1], ("/health", "/readyz", "/livez", "health.NewServer", "healthz")),
        (MARKS[2], ("promhttp", '"/metrics"', "otelmetric", "prometheus/client_golang")),
        ("breaker", ("gobreaker", "hystrix", "failsafe-go", "circuitbreaker")),
        ("retry", ("backoff.Retry", "retryablehttp", "retry-go", "failsafe-go", "retry.Do(")),
    ),
    "ts": (
        (MARKS[0], ("SIGTERM", "terminus", "lightship", "enableShutdownHooks", "graceful-shutdown", "stoppable")),
        (MARKS[1], ("/health", "/readyz", "/livez", "terminus", "healthcheck")),
        (MARKS[2], ("prom-client", '"/metrics"', "'/metrics'", "express-prom-bundle", "sdk-metrics")),
        ("breaker", ("opossum", "cockatiel", "brakes", "CircuitBreaker")),
        ("retry", ("axios-retry", "p-retry", "async-retry", "cockatiel", "fetch-retry")),
    ),
    "py": (
        (MARKS[0], ("graceful_timeout", "SIGTERM", "lifespan")),
        (MARKS[1], ("health_check", "/health", "healthz", "/status/", "/livez", "/readyz")),
        (MARKS[2], ("prometheus_client", "django_prometheus", "/metrics", "opentelemetry.metrics")),
        ("breaker", ("pybreaker", "circuitbreaker", "aiobreaker")),
        ("retry", ("tenacity", "backoff.on_exception", "urllib3.util.retry", "stamina")),
    ),
    "java": (
        (MARKS[0], ("ShutdownTimeout", "IHostApplicationLifetime", "ApplicationStopping", "@PreDestroy")),
        (MARKS[1], ("AddHealthChecks", "MapHealthChecks", "HealthIndicator", "@Liveness", "@Readiness")),
        (MARKS[2], ("MeterRegistry", "prometheus-net", "UseHttpMetrics", "MapMetrics", "MapPrometheusScraping")),
        ("breaker", ("@CircuitBreaker", "CircuitBreakerRegistry", "CircuitBreakerAsync", "AddCircuitBreaker",
                     "AddStandardResilienceHandler")),
        ("retry", ("@Retry", "RetryRegistry", "WaitAndRetry", "AddRetry", "AddStandardResilienceHandler")),
    ),
}  # fmt: skip
_GUNICORN = re.compile(r"graceful[-_]timeout")


class Resilience:
    """``found`` maps marks to where they show; ``everything`` is where all management endpoints are exposed.

    ``slow`` says that all tries of a retry together take longer than their caller waits.
    """

    def __init__(self) -> None:
        self.found: dict[str, Place] = {}
        self.halves: dict[str, Place] = {}
        self.everything: Place | None = None
        self.slow: tuple[str, Place] | None = None

    def add(self, mark: str, place: Place) -> None:
        (self.found if mark in MARKS else self.halves).setdefault(mark, place)
        if len(self.halves) == 2:
            self.found.setdefault(MARKS[3], self.halves["breaker"])


def resilience(subject: Subject, service: ServiceUnit, found: list[Setting]) -> Resilience:
    """What a service shows of the four marks."""
    result = Resilience()
    for mark, place in _settings(found):
        result.add(mark, place)
    for path in sources(subject, service):
        for mark, line in subject.tree.remember("resilience", _code, path):
            result.add(mark, Place(path, line))
    for mark, place in (*_pods(subject, service), *_mesh(subject, service)):
        result.add(mark, place)
    stars = (one for one in found if one.key == _EXPOSED and "*" in one.value.split(","))
    result.everything = next((one.place for one in stars), None)
    result.slow = _slow(found)
    return result


def _settings(found: list[Setting]) -> Iterator[tuple[str, Place]]:
    for one in found:
        words = [word.strip() for word in one.value.split(",")]
        if (one.key == "server.shutdown" and one.value == "graceful") or one.key.startswith("quarkus.shutdown.timeout"):
            yield MARKS[0], one.place
        if one.key == _EXPOSED:
            yield from ((MARKS[1], one.place) for word in words if word in ("health", "*"))
            yield from ((MARKS[2], one.place) for word in words if word in ("prometheus", "metrics", "*"))
        elif one.key.startswith(("management.endpoint.health", "quarkus.smallryehealth")):
            yield MARKS[1], one.place
        elif one.key.startswith("quarkus.micrometer"):
            yield MARKS[2], one.place
        elif "circuitbreaker" in one.key:
            yield "breaker", one.place
        elif "resilience4j.retry" in one.key or one.key.endswith("/retry/maxretries"):
            yield "retry", one.place


def _code(tree: RepositoryTree, path: str) -> list[Any]:
    """[mark, line] of one source file."""
    text, table = tree.text(path) or "", _CODE.get(language(path), ())
    found = []
    for mark, words in table:
        at = next((at for word in words if (at := text.find(word)) >= 0), -1)
        if at >= 0:
            found.append([mark, text.count("\n", 0, at) + 1])
    return found


def _pods(subject: Subject, service: ServiceUnit) -> Iterator[tuple[str, Place]]:
    for workload in own_workloads(subject, service):
        for container in workload.containers:
            node = container.node
            if node.has("lifecycle", "preStop"):
                yield MARKS[0], node.place_of("lifecycle", "preStop")
            for probe in ("readinessProbe", "livenessProbe"):
                if node.has(probe, "httpGet") or node.has(probe, "grpc"):
                    yield MARKS[1], node.place_of(probe)
            command = " ".join([*node.texts_at("command"), *node.texts_at("args")])[:2_000]
            if _GUNICORN.search(command):
                yield MARKS[0], node.place_of("args")
        if workload.pod_annotations.get("prometheus.io/scrape") == "true":
            yield MARKS[2], workload.place


def _mesh(subject: Subject, service: ServiceUnit) -> Iterator[tuple[str, Place]]:
    for one in manifests(subject.tree, "ServiceMonitor", "PodMonitor", "VirtualService", "DestinationRule"):
        if not _is_about(subject, service, one):
            continue
        if one.kind in ("ServiceMonitor", "PodMonitor"):
            yield MARKS[2], one.place
        elif one.kind == "DestinationRule" and one.get("spec", "trafficPolicy", "outlierDetection") is not None:
            yield "breaker", one.place_of("spec", "trafficPolicy", "outlierDetection")
        for route in one.items_at("spec", "http")[:100] if one.kind == "VirtualService" else ():
            if route.has("retries"):
                yield "retry", route.place_of("retries")


def _is_about(subject: Subject, service: ServiceUnit, one: Manifest) -> bool:
    named = folded(one.name)
    return folded(service.name) in named or (not service.component and service_of(subject, one.path) is service)


def _slow(found: list[Setting]) -> tuple[str, Place] | None:
    """A retry of Resilience4j whose tries and waits outlast its time limiter."""
    limits = {one.key: _seconds(one.value) for one in found if one.key.startswith("resilience4j.timelimiter.")}
    values = {one.key: one for one in found if one.key.startswith("resilience4j.retry.")}
    for key, one in values.items():
        if not key.endswith(".maxattempts") or not one.value.isdigit():
            continue
        wait = values.get(key.replace("maxattempts", "waitduration"))
        limit = limits.get(key.replace("retry", "timelimiter").replace("maxattempts", "timeoutduration"))
        waited = _seconds(wait.value) if wait is not None else None
        if limit and waited and int(one.value[:6]) * waited > limit:
            return f"{one.value[:6]} tries that wait {waited:g} s outlast the limit of {limit:g} s", one.place
    return None


def _seconds(text: str) -> float | None:
    """A duration as Spring writes it; a bare number is milliseconds."""
    text = text.strip().lower().removeprefix("pt")
    return int(text[:12]) / 1_000 if text.isascii() and text.isdigit() else seconds_of(text)
