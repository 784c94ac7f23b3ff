"""(pure) Whether GitHub would run a workflow: required keys, known keys, kinds of values, jobs that need each other.

Facts of the workflow syntax: https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
"""

import re
from collections.abc import Iterator

from ingest.repository.node import Node
from scorecards.reading.pipelines.model import Fault

MAX_FAULTS = 20
_TOP = frozenset({"name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"})
_JOB = frozenset(
    {"name", "permissions", "needs", "if", "runs-on", "environment", "concurrency", "outputs", "env", "defaults",
     "steps", "timeout-minutes", "strategy", "continue-on-error", "container", "services", "uses", "with", "secrets",
     "snapshot"}
)  # fmt: skip
_STEP = frozenset(
    {"id", "if", "name", "uses", "run", "working-directory", "shell", "with", "env", "continue-on-error",
     "timeout-minutes"}
)  # fmt: skip
_EVENTS = frozenset(
    {"branch_protection_rule", "check_run", "check_suite", "create", "delete", "deployment", "deployment_status",
     "discussion", "discussion_comment", "fork", "gollum", "image_version", "issue_comment", "issues", "label",
     "merge_group", "milestone", "page_build", "project", "project_card", "project_column", "projects_v2_item",
     "public", "pull_request", "pull_request_comment", "pull_request_review", "pull_request_review_comment",
     "pull_request_target", "push", "registry_package", "release", "repository_dispatch", "schedule", "status",
     "watch", "workflow_call", "workflow_dispatch", "workflow_run"}
)  # fmt: skip
_SCOPES = frozenset({"read-all", "write-all"})
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}\Z")


def faults(root: Node) -> tuple[Fault, ...]:
    """Why GitHub would refuse the workflow, the first ``MAX_FAULTS``; none where it would run it."""
    found: list[Fault] = []
    for fault in _faults(root):
        found.append(fault)
        if len(found) >= MAX_FAULTS:
            break
    return tuple(found)


def _faults(root: Node) -> Iterator[Fault]:
    if not root.is_mapping:
        yield Fault(root.line, "A workflow is a mapping.")
        return
    yield from _unknown(root, _TOP, "a workflow")
    yield from _triggers(root)
    yield from _permissions(root)
    yield from _jobs(root)


def _unknown(node: Node, known: frozenset[str], of: str) -> Iterator[Fault]:
    for name, key, _ in node.members():
        if name not in known:
            yield Fault(key.line, f"“{name[:60]}” is no key of {of}.")


def _triggers(root: Node) -> Iterator[Fault]:
    on = root.get("on")
    if on is None or on.is_null or (not on.is_scalar and not len(on)):
        yield Fault(root.line_of("on") if on is not None else root.line, "It has no “on”, so nothing ever starts it.")
        return
    named = [(name, key.line) for name, key, _ in on.members()]
    named += [(item.text, item.line) for item in (on.items() or ([on] if on.is_scalar else []))]
    for name, line in named:
        if name not in _EVENTS:
            yield Fault(line, f"“{name[:60]}” is no event that starts a workflow.")


def _permissions(node: Node) -> Iterator[Fault]:
    found = node.get("permissions")
    if found is not None and (
        found.is_sequence or (found.is_scalar and not found.is_null and found.text not in _SCOPES)
    ):
        yield Fault(found.line, "“permissions” is a mapping, read-all or write-all.")


def _jobs(root: Node) -> Iterator[Fault]:
    jobs = root.get("jobs")
    if jobs is None or not jobs.is_mapping or not len(jobs):
        yield Fault(root.line_of("jobs"), "It has no jobs.")
        return
    names = frozenset(jobs.keys())
    for name, key, job in jobs.members():
        if not _ID.match(name):
            yield Fault(key.line, f"“{name[:60]}” can't name a job.")
        yield from _job(name, key, job, names)
    yield from _cycle(jobs)


def _job(name: str, key: Node, job: Node, names: frozenset[str]) -> Iterator[Fault]:
    if not job.is_mapping:
        yield Fault(key.line, f"The job {name} is no mapping.")
        return
    yield from _unknown(job, _JOB, "a job")
    yield from _permissions(job)
    for needed in _needed(job):
        if needed.text not in names:
            yield Fault(needed.line, f"The job {name} needs “{needed.text[:60]}”, which is no job.")
    if job.has("uses"):
        if job.has("steps") or job.has("runs-on"):
            yield Fault(key.line, f"The job {name} calls a workflow, so it can't have steps or runs-on.")
        return
    if not job.has("runs-on"):
        yield Fault(key.line, f"The job {name} has no runs-on.")
    yield from _steps(name, key, job)


def _steps(name: str, key: Node, job: Node) -> Iterator[Fault]:
    steps = job.get("steps")
    if steps is None or not steps.is_sequence or not len(steps):
        yield Fault(key.line, f"The job {name} has no steps.")
        return
    for step in steps.items():
        if not step.is_mapping:
            yield Fault(step.line, f"A step of the job {name} is no mapping.")
            continue
        yield from _unknown(step, _STEP, "a step")
        if step.has("uses") == step.has("run"):
            yield Fault(
                step.line, f"A step of the job {name} has {'both' if step.has('run') else 'neither'} uses and run."
            )


def _needed(job: Node) -> list[Node]:
    needs = job.get("needs")
    if needs is None or needs.is_null:
        return []
    return [needs] if needs.is_scalar else [item for item in needs.items() if item.is_scalar]


def _cycle(jobs: Node) -> Iterator[Fault]:
    """Jobs that wait for each other: what is left after taking away, again and again, those that wait for nobody."""
    names = set(jobs.keys())
    left = {name: {needed.text for needed in _needed(job)} & names for name, _, job in jobs.members()}
    waiting_for: dict[str, list[str]] = {}
    for name, needs in left.items():
        for needed in needs:
            waiting_for.setdefault(needed, []).append(name)
    free = [name for name, needs in left.items() if not needs]
    while free:
        done = free.pop()
        left.pop(done, None)
        for name in waiting_for.get(done, ()):
            if name in left:
                left[name].discard(done)
                if not left[name]:
                    free.append(name)
    if left:
        first = next(iter(left))
        yield Fault(jobs.line_of(first), f"The jobs {', '.join(list(left)[:5])} wait for each other.")
