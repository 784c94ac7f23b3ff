"""(pure) What a deploy job tells of its deployment: to the platform itself, or by a step that sends an event."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.model import Job, Pipeline, Step
from scorecards.reading.pipelines.trails import Command, trail
from scorecards.reading.pipelines.words import run_of

_OWN = {"github": "GitHub", "gitlab": "GitLab", "bitbucket": "Bitbucket", "azure": "Azure DevOps"}
_COMPLETE_ACTIONS = (
    "chrnorm/deployment-action", "bobheadxi/deployments", "chrnorm/deployment-status", "maxgfr/github-deployment",
    "octokit/deployments",
)  # fmt: skip
_MARKER_ACTIONS = (
    "newrelic/deployment-marker-action", "getsentry/action-release", "datadog/", "honeycombio/gha-buildevents",
    "sleuth-io/", "grafana/annotations-action", "dynatrace/", "opslevel/report-deploy-github-action", "swarmia",
    "linearb", "faros-ai/", "compassdeploymentevent",
)  # fmt: skip
_SENDERS = frozenset(
    {"curl", "wget", "http", "https", "httpie", "gh", "glab", "datadog-ci", "sentry-cli", "newrelic", "honeymarker",
     "xh", "buildevents"}
)  # fmt: skip
_ABOUT = re.compile(r"deploy|release-?event|pushgateway|annotations|metrics/job|dora|markers?\b|/events?\b", re.I)
_COMMIT = re.compile(r"sha\b|commit|version|revision|tag\b|ref_name|image", re.I)
_STATUS = re.compile(r"status|outcome|result|conclusion|success|fail", re.I)


class Event(NamedTuple):
    """Something that is told of a deployment; ``lacks`` are the fields that it does not carry."""

    how: str
    place: Place
    lacks: tuple[str, ...] = ()


def events(tree: RepositoryTree, pipeline: Pipeline, job: Job) -> list[Event]:
    """What a job tells, the most complete first."""
    found = list(_of_environment(pipeline, job))
    way = trail(tree, job)
    found += [event for step in way.steps for event in _of_step(step)]
    found += [event for command in way.commands for event in _of_command(command)]
    return sorted(found, key=lambda event: len(event.lacks))


def _of_environment(pipeline: Pipeline, job: Job) -> Iterator[Event]:
    """Naming an environment makes the platform keep a deployment with its commit, start, end and outcome."""
    if job.environment and pipeline.system in _OWN:
        yield Event(f"{_OWN[pipeline.system]} environment", Place(job.path, job.environment_line or job.line))


def _of_step(step: Step) -> Iterator[Event]:
    place = Place(step.path, step.uses_line)
    if step.action.startswith(_COMPLETE_ACTIONS):
        yield Event(step.uses, place)
    elif step.action.startswith(_MARKER_ACTIONS):
        text = " ".join(f"{name} {value.text}" for name, value in step.with_.items())
        yield Event(step.uses, place, () if _COMMIT.search(text) else ("commit",))
    elif step.uses in ("jiraSendDeploymentInfo", "githubNotify", "publishDeployment"):
        yield Event(step.uses, place)


def _of_command(command: Command) -> Iterator[Event]:
    run = run_of(command.words)
    text = command.text[:5_000]
    if run.program not in _SENDERS or not _ABOUT.search(text):
        return
    if run.program in ("gh", "glab") and "api" not in run.plain[:1]:
        return
    if run.program in ("curl", "wget") and not _sends(text):
        return
    lacks = [name for name, pattern in (("commit", _COMMIT), ("status", _STATUS)) if not pattern.search(text)]
    if run.program == "sentry-cli" and "deploys" in run.plain:
        lacks = []
    yield Event(run.program, command.place, tuple(lacks))


def _sends(text: str) -> bool:
    """Whether a request carries something: it is no download."""
    return any(
        flag in text for flag in (" -d", "--data", "-X POST", "--request POST", "-XPOST", "--post-", "-F ", "--json")
    )
