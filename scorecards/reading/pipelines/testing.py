"""(pure) How jobs test: kinds of tests, services that they reach, coverage and what it takes to fail."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.model import Job, Service
from scorecards.reading.pipelines.stages import Mark, makes_cluster, marks
from scorecards.reading.pipelines.trails import Command, trail

_INTEGRATION = re.compile(
    r"(?<![a-z])(?:integration|e2e|end[-_ ]?to[-_ ]?end|acceptance|smoke|functional|system|contract|cypress|playwright"
    r"|molecule|testcontainers|newman|k6|kind|testacc|conformance|terratest|bats)(?![a-z])",
    re.I,
)
_COVERING = re.compile(
    r"--cov\b|--coverage\b|-cover(?:profile|mode|pkg)?\b|\bnyc\b|\bc8\b|\bjacoco|\btarpaulin\b|\bllvm-cov\b|\bkcov\b"
    r"|\bsimplecov\b|XPlat Code Coverage|CollectCoverage|\bcoverage\b|\bgcov\b|\blcov\b|\bcover\b",
    re.I,
)
_THRESHOLD = re.compile(
    r"--cov-fail-under|--fail-under|--fail-uncovered|coverageThreshold|check-coverage|--minimum-coverage", re.I
)
_UPLOADS = (
    "codecov/codecov-action", "coverallsapp/github-action", "paambaati/codeclimate-action", "codacy/codacy-coverage",
    "qltysh/qlty-action/coverage", "sonarsource/", "irongut/codecoveragesummary", "orgoro/coverage", "deepsource",
    "5monkeys/cobertura-action", "publishcodecoverage", "vladopajic/go-test-coverage",
)  # fmt: skip
_UPLOAD_COMMANDS = ("codecov", "coveralls", "goveralls", "cc-test-reporter", "sonar-scanner")
_NO_TESTS = frozenset({"echo", "cat", "bash", "curl", "mv", "cp", "mkdir", "rm"})
_URL_PORT = re.compile(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(\d{2,5})")
_DEFAULT_PORTS = {
    "postgres": 5432, "postgis": 5432, "mysql": 3306, "mariadb": 3306, "redis": 6379, "valkey": 6379, "mongo": 27017,
    "rabbitmq": 5672, "elasticsearch": 9200, "opensearch": 9200, "memcached": 11211, "kafka": 9092, "nats": 4222,
    "localstack": 4566, "minio": 9000, "cassandra": 9042,
}  # fmt: skip
# Files of coverage tools, and the word that sets a threshold in them.
_CONFIGURED = {
    "pyproject.toml": "fail_under", ".coveragerc": "fail_under", "setup.cfg": "fail_under", ".nycrc": "check-coverage",
    "package.json": "coverageThreshold", "jest.config.js": "coverageThreshold", "vitest.config.ts": "thresholds",
    "jest.config.ts": "coverageThreshold", "codecov.yml": "target", ".codecov.yml": "target", "codecov.yaml": "target",
    ".github/codecov.yml": "target",
}  # fmt: skip


class Coverage(NamedTuple):
    """``produced``, ``uploaded`` and ``gated`` are where that happens; ``None`` where it does not."""

    produced: Place | None
    uploaded: Place | None
    gated: Place | None


def test_marks(tree: RepositoryTree, job: Job) -> list[Mark]:
    """What shows that a job tests; its own name counts only where nothing else tells what it does."""
    told = marks(tree, job)
    by_name = all(mark.kind == "name" for mark in told)
    runs = bool(job.uses) or any(command.words[0] not in _NO_TESTS for command in trail(tree, job).commands)
    return [mark for mark in told if mark.stage == "test" and (mark.step >= 0 or (by_name and runs))]


def kinds_of_tests(tree: RepositoryTree, job: Job) -> frozenset[Literal["unit", "integration"]]:
    """The kinds of tests of a job, told by its commands and names; a job with services or a cluster integrates."""
    if makes_cluster(trail(tree, job)):
        return frozenset({"integration"})
    found: set[Literal["unit", "integration"]] = set()
    texts = [job.id, job.name] if not job.steps else []
    texts += [mark.how for mark in test_marks(tree, job)]
    for text in texts:
        found.add("integration" if _INTEGRATION.search(text) else "unit")
    if _INTEGRATION.search(f"{job.id} {job.name}") or job.services:
        found.add("integration")
    return frozenset(found)


# ---------------------------------------------------------------- coverage


def coverage(tree: RepositoryTree, job: Job) -> Coverage:
    """What a job does for coverage; a threshold in the tool's configuration gates as well."""
    way = trail(tree, job)
    produced = next((command.place for command in way.commands if _produces(command)), None)
    uploads = [step for step in way.steps if step.action.startswith(_UPLOADS)]
    uploaded = next((Place(step.path, step.uses_line) for step in uploads), None)
    sent = [command.place for command in way.commands if command.words[0] in _UPLOAD_COMMANDS]
    uploaded = uploaded or next(iter(sent), None)
    strict = [Place(step.path, step.uses_line) for step in uploads
              if _is_true(step.given("fail_ci_if_error", "fail-on-error"))]  # fmt: skip
    strict += [command.place for command in way.commands if _THRESHOLD.search(command.text[:2_000])]
    gated = next(iter(strict), None)
    if gated is None and (produced or uploaded):
        gated = _configured(tree)
    return Coverage(produced or uploaded, uploaded, gated)


def _is_true(text: str) -> bool:
    return text.strip().lower() == "true"


def _produces(command: Command) -> bool:
    return command.words[0] not in ("echo", "cat", "bash", "curl", "mv", "cp", "mkdir", "rm") and bool(
        _COVERING.search(command.text[:2_000])
    )


def _configured(tree: RepositoryTree) -> Place | None:
    for name, word in _CONFIGURED.items():
        if tree.exists(name):
            for number, line in enumerate(tree.lines(name), 1):
                if word in line[:1_000]:
                    return Place(name, number)
    return None


# ---------------------------------------------------------------- services


class Unreachable(NamedTuple):
    service: Service
    why: str


def unreachable(job: Job) -> Iterator[Unreachable]:
    """The services that a job's steps can't reach.

    A job on the runner needs a published port, the one that its addresses name; a job in a container uses the
    service's name.
    """
    text = _addresses(job)
    asked = {int(port) for port in _URL_PORT.findall(text)}
    for service in job.services:
        if "network" in service.ports or "host" in service.ports:
            continue
        ports = _published(service)
        own = _own_ports(service)
        if job.container is not None:
            if asked & own and service.name not in text:
                yield Unreachable(
                    service, f"the job runs in a container, where {service.name} is its address, not localhost"
                )
        elif not ports:
            if "job.services" not in text and "--network" not in text:
                yield Unreachable(service, "it publishes no port for steps that run on the runner")
        elif asked & own and not asked & {host for host, _ in ports} and "job.services" not in text:
            yield Unreachable(service, f"its port {min(asked & own)} is not published under that number")


def _addresses(job: Job) -> str:
    values = [*job.env.values(), *(value for step in job.steps for value in step.env.values())]
    return "\n".join([*(value.text for value in values), *(step.run for step in job.steps)])[:200_000]


def _published(service: Service) -> list[tuple[int, int]]:
    """(port of the runner, port of the container); 0 for a port of the runner's own choice."""
    found = []
    for port in service.ports:
        host, colon, inner = port.partition("/")[0].rpartition(":")
        if inner.isdigit():
            found.append((int(host) if colon and host.isdigit() else 0, int(inner)))
        elif "$" in port:
            found.append((0, 0))
    return found


def _own_ports(service: Service) -> set[int]:
    image = service.image.text.partition("@")[0].rpartition("/")[2].partition(":")[0]
    known = {port for name, port in _DEFAULT_PORTS.items() if name in image}
    return known | {inner for _, inner in _published(service) if inner}


def unhealthy(services: Sequence[Service]) -> list[Service]:
    """The services for which no check tells when they are ready."""
    return [service for service in services
            if "--health-cmd" not in service.options and not {"network", "host"} & set(service.ports)]  # fmt: skip
