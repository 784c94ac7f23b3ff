"""(pure) What a source of a Git host is told: what counts as a deployment, labels, and the default branch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ingest.parsers.github.options import READERS as GITHUB
from ingest.parsers.github.options import EnvironmentNames
from ingest.parsers.options import (
    InvalidOptions,
    Reader,
    a_text,
    an_object,
    matches,
    one_of,
    read,
    severities,
    texts,
)

Check = Callable[["HostOptions", str], None]


@dataclass(frozen=True, slots=True)
class HostOptions:
    """``tags``, ``branches``, ``jobs``, ``statuses``: globs. ``branches`` empty: the default branch, and the tags that
    ``tags`` matches. ``default_branches``: names of the default branch where the host does not tell it."""

    deploys_by: str = "tags"
    tags: tuple[str, ...] = ("v[0-9]*", "[0-9]*")
    branches: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    environment: str = "production"
    environment_by: str = "name"
    environment_names: EnvironmentNames | None = None
    default_branches: tuple[str, ...] = ("main", "master")
    incident_labels: tuple[str, ...] = ("incident",)
    hotfix_labels: tuple[str, ...] = ("hotfix",)
    severities: Mapping[str, str] = field(default_factory=dict)
    repositories: Mapping[str, "HostOptions"] = field(default_factory=dict)

    def for_repository(self, name: str) -> "HostOptions":
        return self.repositories.get(name.lower(), self)

    def is_release_tag(self, name: str) -> bool:
        return matches(name, self.tags)

    def is_deployed(self, ref: str, default_branch: str | None, tag: bool = False) -> bool:
        """Whether what ran for this branch or tag deploys. A default branch that nobody tells is by its usual names."""
        if self.branches:
            return matches(ref, self.branches)
        if tag:
            return self.is_release_tag(ref)
        return ref == default_branch if default_branch else ref in self.default_branches


_READERS: dict[str, Reader] = {
    "tags": texts,
    "branches": texts,
    "jobs": texts,
    "workflows": texts,
    "statuses": texts,
    "environment": a_text,
    "environment_by": one_of("name", "tier"),
    "environment_names": GITHUB["environment_names"],
    "default_branches": texts,
    "incident_labels": texts,
    "hotfix_labels": texts,
    "severities": severities,
}


def reader(
    default: HostOptions, deploys_by: tuple[str, ...], names: tuple[str, ...], check: Check | None = None
) -> Callable[[object], HostOptions]:
    """What reads the options of one kind: ``deploys_by``, those in ``names``, and others for single repositories.

    ``check(options, prefix)`` raises ``InvalidOptions`` for what makes no sense together.
    """
    readers = {"deploys_by": one_of(*deploys_by)} | {name: _READERS[name] for name in names}

    def read_one(base: HostOptions, told: object, prefix: str) -> HostOptions:
        found = read(base, told, readers, prefix)
        if check is not None:
            check(found, prefix)
        return found

    def options(told: object) -> HostOptions:
        values = dict(an_object(told, "options"))
        single = an_object(values.pop("repositories", {}), "repositories")
        own = read_one(default, values, "")
        return replace(
            own,
            repositories={name.lower(): read_one(own, one, f"repositories.{name}.") for name, one in single.items()},
        )

    return options


def needs_statuses(options: HostOptions, prefix: str) -> None:
    """Commit statuses are mostly tests, so those that deploy must be named."""
    if options.deploys_by == "statuses" and not options.statuses:
        raise InvalidOptions(f"{prefix}deploys_by is statuses, so {prefix}statuses must name some.")
