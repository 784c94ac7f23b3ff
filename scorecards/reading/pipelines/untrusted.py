"""(pure) Where strangers' code or text gets into a workflow: checkouts of forks, event fields in scripts."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.expressions import expressions
from scorecards.reading.pipelines.model import Job, Pipeline, Step
from scorecards.reading.pipelines.trails import trail

PRIVILEGED = ("pull_request_target", "workflow_run", "issue_comment")
_HEAD = re.compile(
    r"github\.event\.pull_request\.head\.(?:sha|ref)|github\.head_ref|github\.event\.workflow_run\.head_(?:sha|branch|commit)"
    r"|github\.event\.pull_request\.merge_commit_sha|refs/pull/|github\.event\.pull_request\.head\.repo|github\.event\.issue\.number"
)
# https://docs.github.com/actions/concepts/security/script-injections
_FIELDS = re.compile(
    r"github\.event\.(?:issue|pull_request|discussion)\.(?:title|body)\b"
    r"|github\.event\.(?:comment|review|review_comment)\.body\b"
    r"|github\.event\.pull_request\.head\.(?:ref|label|repo\.default_branch)\b"
    r"|github\.event\.pages(?:\.\*|\[[^\]]{0,20}\])?\.page_name"
    r"|github\.event\.(?:head_commit|commits(?:\.\*|\[[^\]]{0,20}\])?)\.(?:message|author\.(?:name|email))"
    r"|github\.event\.workflow_run\.(?:head_branch|display_title|head_commit\.(?:message|author\.(?:name|email)))"
    r"|github\.head_ref\b"
)
_SCRIPT_INPUTS = ("script",)
_TRUSTED_ACTIONS = ("actions/", "github/")
_HARMLESS = frozenset(
    {"echo", "printf", "cd", "ls", "cat", "mkdir", "export", "test", "[", "[[", "exit", "set", "date", "pwd", "true",
     "false", ":", "sleep", "rm", "cp", "mv", "touch", "read", "cut", "tr", "grep", "sed", "awk", "head", "tail",
     "sort", "uniq", "wc", "jq", "git", "gh", "basename", "dirname"}
)  # fmt: skip
# Conditions that let only the repository's own branches, or its members, through.
_OWN_ONLY = re.compile(
    r"head\.repo\.full_name\s*==\s*github\.(?:repository|event\.pull_request\.base\.repo)|head\.repo\.fork\s*==\s*false"
    r"|!\s*github\.event\.pull_request\.head\.repo\.fork|author_association|head_repository\.full_name\s*==|github\.actor\s*=="
)


class Injection(NamedTuple):
    """An event field that a stranger writes, put into a script."""

    field: str
    place: Place


def checkouts(job: Job) -> list[Step]:
    return [step for step in job.steps if step.action == "actions/checkout"]


def untrusted_checkout(pipeline: Pipeline, job: Job) -> Place | None:
    """Where a job of a privileged trigger fetches the code of a fork."""
    if not any(name in pipeline.triggers.raw for name in PRIVILEGED) or _OWN_ONLY.search(job.condition):
        return None
    for step in checkouts(job):
        for name in ("ref", "repository"):
            given = step.with_.get(name)
            if given is not None and _HEAD.search(given.text):
                return Place(step.path, given.line)
    for step in job.steps:
        if "gh pr checkout" in step.run or re.search(r"git (?:fetch|pull) .{0,100}(?:refs/)?pull/", step.run):
            return Place(step.path, step.run_line)
    return None


def injections(job: Job) -> Iterator[Injection]:
    """The event fields of strangers in a job's scripts."""
    for step in job.steps:
        texts = [(step.run, step.run_line, step.exact)]
        if step.action == "actions/github-script" and "script" in step.with_:
            node = step.root.get("with", "script") if step.root is not None else None
            texts.append((step.with_["script"].text, node.line_at(0) if node is not None else step.line, True))
        for text, line, exact in texts:
            for found in expressions(text):
                field = _FIELDS.search(found.text)
                if field:
                    yield Injection(field[0], Place(step.path, line + (found.line if exact else 0)))


def persisted(tree: RepositoryTree, job: Job) -> Place | None:
    """Where a checkout leaves its token for code of others that runs later in the job, or for an upload of it all."""
    found: Place | None = None
    for step in job.steps:
        if found is not None and _runs_others(tree, step):
            return found
        if step.action == "actions/checkout" and step.given("persist-credentials").lower() != "false":
            found = found or Place(step.path, step.uses_line)
    return None


def _runs_others(tree: RepositoryTree, step: Step) -> bool:
    if step.action == "actions/upload-artifact":
        return step.given("path").strip() in (".", "./", "${{ github.workspace }}", "*", "**")
    if step.uses and not step.uses.startswith("./"):
        return not step.action.startswith(_TRUSTED_ACTIONS)
    return any(command.words[0] not in _HARMLESS for command in trail(tree, step).commands) or _calls_others(tree, step)


def _calls_others(tree: RepositoryTree, step: Step) -> bool:
    return any(
        inner.uses and not inner.action.startswith((*_TRUSTED_ACTIONS, "./")) for inner in trail(tree, step).steps
    )
