"""(pure) What a GitHub source is told: what counts as a deployment, and how it names service, version and kind.

The table of options stands in docs/github.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ingest.parsers.options import InvalidOptions, Reader, a_text, an_object, matches, one_of, read, texts

__all__ = ["DEPLOYS_BY", "EnvironmentNames", "GitHubOptions", "InvalidOptions"]

DEPLOYS_BY = ("deployments", "releases", "tags", "workflow_runs")
SERVICE, ENVIRONMENT = "{service}", "{environment}"


class EnvironmentNames(NamedTuple):
    """How an environment's name is made of a service and an environment, such as ``{service}-{environment}``."""

    before: str
    between: str
    after: str
    service_first: bool

    @classmethod
    def from_pattern(cls, pattern: str) -> "EnvironmentNames":
        """Raises ``InvalidOptions`` unless both placeholders stand in it once, with something between them."""
        if pattern.count(SERVICE) != 1 or pattern.count(ENVIRONMENT) != 1:
            raise InvalidOptions(
                f"environment_names is {pattern!r}; it must hold {SERVICE} and {ENVIRONMENT} once each."
            )
        service_first = pattern.index(SERVICE) < pattern.index(ENVIRONMENT)
        first, second = (SERVICE, ENVIRONMENT) if service_first else (ENVIRONMENT, SERVICE)
        before, _, rest = pattern.partition(first)
        between, _, after = rest.partition(second)
        if not between:
            raise InvalidOptions(f"environment_names is {pattern!r}; something must stand between the two, as a dash.")
        return cls(before, between, after, service_first)

    def split(self, name: str) -> tuple[str | None, str]:
        """Service and environment; ``None`` and the whole name where it is not so made.

        The environment is the shorter part: of ``pay-api-production`` it is ``production``.
        """
        if not (name.startswith(self.before) and name.endswith(self.after)):
            return None, name
        inner = name[len(self.before) : len(name) - len(self.after)]
        parts = inner.rpartition(self.between) if self.service_first else inner.partition(self.between)
        service, environment = (parts[0], parts[2]) if self.service_first else (parts[2], parts[0])
        return (service, environment) if service and environment else (None, name)


@dataclass(frozen=True, slots=True)
class GitHubOptions:
    """Options of a source, or of one repository of it. ``tags`` and ``branches`` are globs."""

    deploys_by: str = "deployments"
    tags: tuple[str, ...] = ("v[0-9]*", "[0-9]*")
    workflows: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    branches: tuple[str, ...] = ("*",)
    environment: str = "production"
    environment_names: EnvironmentNames | None = None
    service_keys: tuple[str, ...] = ("service", "app")
    version_keys: tuple[str, ...] = ("version", "tag")
    kind_keys: tuple[str, ...] = ("kind",)
    rollback_of_keys: tuple[str, ...] = ("rollback_of",)
    fixes_keys: tuple[str, ...] = ("fixes",)
    incident_labels: tuple[str, ...] = ("incident",)
    hotfix_labels: tuple[str, ...] = ("hotfix",)
    repositories: Mapping[str, "GitHubOptions"] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, told: object) -> "GitHubOptions":
        """Options as they are stored with the source, JSON's types.

        Raises:
            InvalidOptions: an unknown name, a wrong type, or what makes no sense together.
        """
        values = an_object(told, "options")
        own = _replaced(cls(), {name: value for name, value in values.items() if name != "repositories"}, "")
        overrides = an_object(values.get("repositories", {}), "repositories")
        by_name = {
            name.lower(): _replaced(own, an_object(value, f"repositories.{name}"), f"repositories.{name}.")
            for name, value in overrides.items()
        }
        return replace(own, repositories=by_name)

    def for_repository(self, full_name: str) -> "GitHubOptions":
        return self.repositories.get(full_name.lower(), self)

    def is_release_tag(self, name: str) -> bool:
        return matches(name, self.tags)

    def is_deployed_branch(self, name: str) -> bool:
        return matches(name, self.branches)


def _replaced(base: GitHubOptions, told: Mapping[str, Any], prefix: str) -> GitHubOptions:
    found = read(base, told, READERS, prefix)
    if found.deploys_by == "workflow_runs" and not (found.workflows or found.jobs):
        raise InvalidOptions(
            f"{prefix}deploys_by is workflow_runs, so {prefix}workflows or {prefix}jobs must name some."
        )
    return found


def _environment_names(value: object, name: str) -> EnvironmentNames | None:
    return None if value is None else EnvironmentNames.from_pattern(a_text(value, name))


READERS: dict[str, Reader] = {
    "deploys_by": one_of(*DEPLOYS_BY),
    "tags": texts,
    "workflows": texts,
    "jobs": texts,
    "branches": texts,
    "environment": a_text,
    "environment_names": _environment_names,
    "service_keys": texts,
    "version_keys": texts,
    "kind_keys": texts,
    "rollback_of_keys": texts,
    "fixes_keys": texts,
    "incident_labels": texts,
    "hotfix_labels": texts,
}
