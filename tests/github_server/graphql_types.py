"""What each field of the GraphQL schema gives: docs.github.com/graphql/reference. Else the record's own."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.github_server import shapes
from tests.github_server.asking import Ask
from tests.github_server.graphql_pages import Connection, Failed, by_place, by_value, of_history
from tests.github_server.limits import Window
from tests.github_server.records import (
    Account,
    Commit,
    Deployment,
    DeploymentStatus,
    Issue,
    Label,
    PullRequest,
    Release,
    Repository,
    Review,
    Team,
    WorkflowRun,
    blob_id,
    node_id,
    parts_of,
)


@dataclass(slots=True)
class Context:
    """Of one query: who asks, what it costs, and how much it may be."""

    ask: Ask
    window: Window
    cost: int
    nodes: int


@dataclass(slots=True)
class Ref:
    repository: Repository
    prefix: str
    name: str
    sha: str


@dataclass(slots=True)
class Blob:
    repository: Repository
    path: str


@dataclass(slots=True)
class Suite:
    run: WorkflowRun


@dataclass(slots=True)
class PullCommit:
    pull: PullRequest
    commit: Commit


@dataclass(slots=True)
class Signature:
    account: Account
    at: datetime


Resolver = Callable[..., Any]
FIELDS: dict[tuple[str, str], Resolver] = {}


def gives(owner: str, *names: str) -> Callable[[Resolver], Resolver]:
    """The function gives these fields: ``(source, context, **arguments)``."""

    def keep(resolver: Resolver) -> Resolver:
        FIELDS.update({(owner, name): resolver for name in names})
        return resolver

    return keep


def kind_of(one: Any) -> str:
    """The schema's type of a record."""
    if isinstance(one, Account):
        return one.kind
    return KINDS[type(one)]


KINDS = {
    Commit: "Commit", Blob: "Blob", Repository: "Repository", PullRequest: "PullRequest", Deployment: "Deployment",
    DeploymentStatus: "DeploymentStatus", Release: "Release", Issue: "Issue", Label: "Label", Team: "Team",
    Review: "PullRequestReview", Ref: "Ref", Suite: "CheckSuite", WorkflowRun: "WorkflowRun",
    PullCommit: "PullRequestCommit",
}  # fmt: skip


def _time(at: datetime) -> str:
    return at.isoformat()


def _descending(args: dict[str, Any]) -> bool:
    return bool((args.get("orderBy") or {}).get("direction") == "DESC")


def _ordered(rows: list[Any], args: dict[str, Any], number: str = "id") -> Connection:
    """Pull requests and issues: by ``created_at`` unless told otherwise."""
    field = (args.get("orderBy") or {}).get("field", "CREATED_AT")
    name = "updated_at" if field == "UPDATED_AT" else "created_at"
    return by_value(
        rows, lambda one: (_time(getattr(one, name)), getattr(one, number)), args, descending=_descending(args)
    )


def _site(one: Any) -> str:
    """The page of a thing."""
    match one:
        case Account():
            return str(shapes.user("", one)["html_url"])
        case Repository():
            return f"{shapes.SITE}/{one.full_name}"
        case Commit():
            return f"{shapes.SITE}/{one.repository.full_name}/commit/{one.sha}"
        case PullRequest():
            return f"{shapes.SITE}/{one.repository.full_name}/pull/{one.number}"
        case Issue():
            return f"{shapes.SITE}/{one.repository.full_name}/issues/{one.number}"
        case Release():
            return f"{shapes.SITE}/{one.repository.full_name}/releases/tag/{one.tag}"
        case WorkflowRun():
            return f"{shapes.SITE}/{one.repository.full_name}/actions/runs/{one.number}"
        case Suite():
            commit = one.run.repository.commits[one.run.sha]
            return f"{_site(commit)}/checks?check_suite_id={one.run.suite}"
        case Review():
            return f"{_site(one.pull)}#pullrequestreview-{one.number}"
        case PullCommit():
            return f"{_site(one.pull)}/commits/{one.commit.sha}"
        case _:
            raise TypeError(one)


for _owner in [
    "User",
    "Bot",
    "Organization",
    "Repository",
    "Commit",
    "PullRequest",
    "Issue",
    "Release",
    "WorkflowRun",
    "CheckSuite",
    "PullRequestReview",
    "PullRequestCommit",
]:
    FIELDS[_owner, "url"] = lambda one, context: _site(one)
for _owner in [
    "User",
    "Bot",
    "Organization",
    "Team",
    "Repository",
    "Commit",
    "PullRequest",
    "PullRequestReview",
    "Label",
    "Deployment",
    "DeploymentStatus",
    "Release",
    "Issue",
    "WorkflowRun",
]:
    FIELDS[_owner, "id"] = lambda one, context: one.node_id
for _owner in ("PullRequest", "Issue"):
    FIELDS[_owner, "databaseId"] = FIELDS[_owner, "fullDatabaseId"] = lambda one, context: one.id
    FIELDS[_owner, "closed"] = lambda one, context: one.state == "closed"
    FIELDS[_owner, "labels"] = lambda one, context, **args: by_place(one.labels, args)
for _owner in [
    "User",
    "Bot",
    "Organization",
    "Team",
    "Repository",
    "Deployment",
    "Release",
    "WorkflowRun",
    "PullRequestReview",
]:
    FIELDS[_owner, "databaseId"] = lambda one, context: one.number
FIELDS["PullRequestReview", "fullDatabaseId"] = lambda one, context: one.number

# ------------------------------------------------------------ the root


def _visible(context: Context) -> list[Repository]:
    return context.ask.organisation.visible


@gives("Query", "repository")
def _repository(_: Any, context: Context, owner: str, name: str, followRenames: bool = True) -> Repository:
    found = context.ask.organisation.find(f"{owner}/{name}")
    renamed = found is not None and found.full_name.lower() != f"{owner}/{name}".lower()
    if found is None or (renamed and not followRenames) or (found not in _visible(context) and found.private):
        raise Failed("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
    return found


@gives("Query", "organization")
def _organization(_: Any, context: Context, login: str) -> Account:
    account = context.ask.organisation.account
    if account.login.lower() != login.lower():
        raise Failed("NOT_FOUND", f"Could not resolve to an Organization with the login of '{login}'.")
    return account


@gives("Query", "viewer")
def _viewer(_: Any, context: Context) -> Account:
    return context.ask.organisation.people[0]


@gives("Query", "rateLimit")
def _rate_limit(_: Any, context: Context, dryRun: bool = False) -> dict[str, Any]:
    window = context.window
    reset = datetime.fromtimestamp(window.reset, UTC)
    told = {"cost": context.cost, "limit": window.limit, "nodeCount": context.nodes, "resetAt": reset}
    return told | {"remaining": window.remaining, "used": window.used}


def _node_of(context: Context, wanted: str) -> Any:
    """A record by its global id; ``None`` where there is none that may be seen."""
    kind, numbers = parts_of(wanted)
    organisation, number = context.ask.organisation, int(numbers[0]) if numbers[0].isdecimal() else -1
    if kind == "C":
        held = organisation.numbered(number)
        return held.commits.get(numbers[-1]) if held in _visible(context) and held is not None else None
    if kind in IN_REPOSITORIES:
        rows, name = IN_REPOSITORIES[kind]
        each = (row for one in _visible(context) for row in getattr(one, rows))
        return next((row for row in each if getattr(row, name) == number), None)
    around: list[Any] = [organisation.account, *organisation.people, *organisation.teams, *_visible(context)]
    return next((one for one in around if one.node_id == wanted), None)


IN_REPOSITORIES = {
    "PR": ("pulls", "id"),
    "I": ("issues", "id"),
    "DE": ("deployments", "number"),
    "RE": ("releases", "number"),
    "WFR": ("runs", "number"),
}


@gives("Query", "node")
def _node(_: Any, context: Context, id: str) -> Any:
    found = _node_of(context, id)
    if found is None:
        raise Failed("NOT_FOUND", f"Could not resolve to a node with the global id of '{id}'.")
    return found


@gives("Query", "nodes")
def _nodes(_: Any, context: Context, ids: list[str]) -> list[Any]:
    """An error in the place of each that is not there: the others are given."""
    if len(ids) > 100:
        raise Failed("ARGUMENT_LIMIT", f"You may not provide more than 100 node ids; you provided {len(ids)}.")
    told = [_node_of(context, id) for id in ids]
    lost = (Failed("NOT_FOUND", f"Could not resolve to a node with the global id of '{id}'.") for id in ids)
    return [one if one is not None else error for one, error in zip(told, lost, strict=True)]


# ------------------------------------------------------------ organisation and teams

FIELDS["Organization", "createdAt"] = lambda one, context: "2020-01-01T00:00:00Z"
FIELDS["Team", "url"] = lambda one, context: (
    f"{shapes.SITE}/orgs/{context.ask.organisation.account.login}/teams/{one.slug}"
)
FIELDS["Team", "combinedSlug"] = lambda one, context: f"{context.ask.organisation.account.login}/{one.slug}"
FIELDS["Team", "organization"] = lambda one, context: context.ask.organisation.account
FIELDS["Team", "parentTeam"] = lambda one, context: one.parent
FIELDS["Team", "privacy"] = lambda one, context: {"closed": "VISIBLE", "secret": "SECRET"}[one.privacy]
FIELDS["Organization", "teams"] = lambda one, context, **args: by_place(context.ask.organisation.teams, args)
FIELDS["Organization", "team"] = lambda one, context, slug: next(
    (team for team in context.ask.organisation.teams if team.slug == slug), None
)
FIELDS["Organization", "repository"] = lambda one, context, name, followRenames=True: _repository(
    None, context, one.login, name, followRenames
)


@gives("Organization", "repositories")
def _repositories(one: Account, context: Context, **args: Any) -> Connection:
    field = (args.get("orderBy") or {}).get("field", "NAME")
    names = {"CREATED_AT": "created_at", "UPDATED_AT": "updated_at", "PUSHED_AT": "pushed_at", "NAME": "name"}
    name = names.get(field, "name")

    def key(repository: Repository) -> tuple[Any, ...]:
        value = getattr(repository, name)
        return (value if isinstance(value, str) else _time(value), repository.number)

    return by_value(_visible(context), key, args, descending=_descending(args))


@gives("Team", "members")
def _members(one: Team, context: Context, **args: Any) -> Connection:
    found = by_place(one.members, args)
    for edge in found.edges:
        edge.more["role"] = "MAINTAINER" if edge.node in one.maintainers else "MEMBER"
    return found


@gives("Team", "repositories")
def _team_repositories(one: Team, context: Context, **args: Any) -> Connection:
    found = by_place([held for held in _visible(context) if held.number in one.permissions], args)
    for edge in found.edges:
        edge.more["permission"] = shapes.ROLES[one.permissions[edge.node.number]].upper()
    return found


FIELDS["TeamMemberEdge", "role"] = lambda edge, context: edge.more["role"]
FIELDS["TeamRepositoryEdge", "permission"] = lambda edge, context: edge.more["permission"]

# ------------------------------------------------------------ repository

FIELDS["Repository", "archivedAt"] = lambda one, context: one.updated_at if one.archived else None
FIELDS["Repository", "nameWithOwner"] = lambda one, context: one.full_name
FIELDS["Repository", "isArchived"] = lambda one, context: one.archived
FIELDS["Repository", "isPrivate"] = lambda one, context: one.private
FIELDS["Repository", "isEmpty"] = lambda one, context: not one.commits
FIELDS["Repository", "isInOrganization"] = lambda one, context: one.owner.kind == "Organization"
FIELDS["Repository", "visibility"] = lambda one, context: "PRIVATE" if one.private else "PUBLIC"
for _name in ("isDisabled", "isFork", "isTemplate"):
    FIELDS["Repository", _name] = lambda one, context: False
for _way, _name in (("merge", "mergeCommit"), ("squash", "squashMerge"), ("rebase", "rebaseMerge")):
    FIELDS["Repository", f"{_name}Allowed"] = lambda one, context, way=_way: way in one.allows
FIELDS["Repository", "labels"] = lambda one, context, **args: by_place(one.labels, args)
FIELDS["Repository", "latestRelease"] = lambda one, context: _latest(one)
FIELDS["Repository", "release"] = lambda one, context, tagName: next(
    (row for row in one.releases if row.tag == tagName), None
)


def _latest(one: Repository) -> Release | None:
    rows = [row for row in one.releases if not row.draft and not row.prerelease]
    return max(rows, key=lambda row: (row.created_at, row.number), default=None)


@gives("Repository", "defaultBranchRef")
def _default(one: Repository, context: Context) -> Ref | None:
    sha = one.branches.get(one.default_branch)
    return Ref(one, "refs/heads/", one.default_branch, sha) if sha else None


@gives("Repository", "ref")
def _ref(one: Repository, context: Context, qualifiedName: str) -> Ref | None:
    for row in (*_refs(one, "refs/heads/"), *_refs(one, "refs/tags/")):
        if qualifiedName in (row.prefix + row.name, row.name):
            return row
    return None


def _refs(one: Repository, prefix: str) -> list[Ref]:
    held = {"refs/heads/": one.branches, "refs/tags/": one.tags}.get(prefix.rstrip("/") + "/", {})
    return [Ref(one, prefix.rstrip("/") + "/", name, sha) for name, sha in sorted(held.items())]


@gives("Repository", "refs")
def _ref_page(one: Repository, context: Context, refPrefix: str, **args: Any) -> Connection:
    def key(row: Ref) -> tuple[Any, ...]:
        by_date = (args.get("orderBy") or {}).get("field") == "TAG_COMMIT_DATE"
        return (_time(one.commits[row.sha].committed_at), row.name) if by_date else (row.name,)

    return by_value(_refs(one, refPrefix), key, args, descending=_descending(args))


@gives("Repository", "object")
def _object(one: Repository, context: Context, expression: str = "", oid: str = "") -> Commit | Blob | None:
    """``HEAD:path`` is a file; anything else a commit."""
    name, colon, path = (expression or oid).partition(":")
    sha = one.resolve(name)
    if sha is None:
        return None
    if colon:
        return Blob(one, path) if path in one.files else None
    return one.commits[sha]


def _numbered(rows: list[Any], number: int, kind: str) -> Any:
    found = next((row for row in rows if row.number == number), None)
    if found is None:
        raise Failed("NOT_FOUND", f"Could not resolve to {kind} with the number of {number}.")
    return found


FIELDS["Repository", "pullRequest"] = lambda one, context, number: _numbered(one.pulls, number, "a PullRequest")
FIELDS["Repository", "issue"] = lambda one, context, number: _numbered(one.issues, number, "an Issue")


@gives("Repository", "pullRequests")
def _pulls(one: Repository, context: Context, **args: Any) -> Connection:
    rows = [row for row in one.pulls if args.get("states") is None or _pull_state(row) in args["states"]]
    rows = [row for row in rows if args.get("baseRefName") in (None, row.base)]
    rows = [row for row in rows if args.get("headRefName") in (None, row.head)]
    return _ordered([row for row in rows if _bears(row, args.get("labels"))], args)


def _bears(one: Any, labels: list[str] | None) -> bool:
    """One of them at least."""
    return labels is None or bool({label.name for label in one.labels} & set(labels))


@gives("Repository", "issues")
def _issues(one: Repository, context: Context, **args: Any) -> Connection:
    told = args.get("filterBy") or {}
    states, since = args.get("states") or told.get("states"), told.get("since")
    rows = [row for row in one.issues if states is None or row.state.upper() in states]
    rows = [row for row in rows if since is None or row.updated_at >= since]
    return _ordered([row for row in rows if _bears(row, args.get("labels")) and _bears(row, told.get("labels"))], args)


@gives("Repository", "deployments")
def _deployments(one: Repository, context: Context, **args: Any) -> Connection:
    wanted = args.get("environments")
    rows = [row for row in one.deployments if wanted is None or row.environment in wanted]
    return _ordered(rows, args, "number")


@gives("Repository", "releases")
def _releases(one: Repository, context: Context, **args: Any) -> Connection:
    if (args.get("orderBy") or {}).get("field") == "NAME":
        return by_value(one.releases, lambda row: (row.name, row.number), args, descending=_descending(args))
    return _ordered(one.releases, args, "number")


# ------------------------------------------------------------ code

FIELDS["Ref", "id"] = lambda one, context: node_id("REF", one.repository.number, one.prefix + one.name)
FIELDS["Ref", "target"] = lambda one, context: one.repository.commits[one.sha]
FIELDS["Blob", "id"] = lambda one, context: node_id("B", one.repository.number, one.path)
FIELDS["Blob", "oid"] = lambda one, context: blob_id(one.repository.files[one.path])
FIELDS["Blob", "abbreviatedOid"] = lambda one, context: blob_id(one.repository.files[one.path])[:7]
FIELDS["Blob", "byteSize"] = lambda one, context: len(one.repository.files[one.path].encode())
FIELDS["Blob", "text"] = lambda one, context: one.repository.files[one.path]
FIELDS["Blob", "isBinary"] = FIELDS["Blob", "isTruncated"] = lambda one, context: False
FIELDS["Commit", "oid"] = lambda one, context: one.sha
FIELDS["Commit", "abbreviatedOid"] = lambda one, context: one.sha[:7]
FIELDS["Commit", "authoredDate"] = lambda one, context: one.authored_at
FIELDS["Commit", "committedDate"] = lambda one, context: one.committed_at
FIELDS["Commit", "committedViaWeb"] = lambda one, context: one.committer.login == "web-flow"
FIELDS["Commit", "messageHeadline"] = lambda one, context: one.message.partition("\n")[0]
FIELDS["Commit", "messageBody"] = lambda one, context: one.message.partition("\n")[2].strip()
FIELDS["Commit", "author"] = lambda one, context: Signature(one.author, one.authored_at)
FIELDS["Commit", "committer"] = lambda one, context: Signature(one.committer, one.committed_at)
FIELDS["GitActor", "date"] = lambda one, context: one.at
FIELDS["GitActor", "email"] = lambda one, context: one.account.email
FIELDS["GitActor", "name"] = lambda one, context: one.account.name
FIELDS["GitActor", "user"] = lambda one, context: one.account if one.account.kind == "User" else None


@gives("Commit", "parents")
def _parents(one: Commit, context: Context, **args: Any) -> Connection:
    return by_place([one.repository.commits[sha] for sha in one.parents], args)


@gives("Commit", "history")
def _history(one: Commit, context: Context, **args: Any) -> Connection:
    since, until = args.get("since"), args.get("until")
    rows = [row for row in one.repository.history(one.sha) if since is None or row.committed_at >= since]
    return of_history(one.sha, [row for row in rows if until is None or row.committed_at <= until], args)


@gives("Commit", "associatedPullRequests")
def _associated(one: Commit, context: Context, **args: Any) -> Connection:
    rows = [
        row for row in one.repository.pulls if one.sha in row.commits or (row.merged_at and one.sha == row.merge_sha)
    ]
    return _ordered(rows, args)


@gives("Commit", "checkSuites")
def _suites(one: Commit, context: Context, **args: Any) -> Connection:
    return by_place([Suite(run) for run in one.repository.runs if run.sha == one.sha], args)


FIELDS["CheckSuite", "id"] = lambda one, context: node_id("CS", one.run.suite)
FIELDS["CheckSuite", "databaseId"] = lambda one, context: one.run.suite
FIELDS["CheckSuite", "status"] = lambda one, context: one.run.status.upper()
FIELDS["CheckSuite", "conclusion"] = lambda one, context: one.run.conclusion.upper() if one.run.conclusion else None
FIELDS["CheckSuite", "createdAt"] = lambda one, context: one.run.created_at
FIELDS["CheckSuite", "updatedAt"] = lambda one, context: one.run.updated_at
FIELDS["CheckSuite", "repository"] = lambda one, context: one.run.repository
FIELDS["CheckSuite", "commit"] = lambda one, context: one.run.repository.commits[one.run.sha]
FIELDS["CheckSuite", "workflowRun"] = lambda one, context: one.run
FIELDS["WorkflowRun", "checkSuite"] = lambda one, context: Suite(one)
FIELDS["WorkflowRun", "workflow"] = lambda one, context: {
    "id": node_id("W", one.workflow),
    "databaseId": one.workflow,
    "name": one.name,
    "url": f"{shapes.SITE}/{one.repository.full_name}/actions/workflows/{one.path.rpartition('/')[2]}",
}


@gives("CheckSuite", "branch")
def _suite_branch(one: Suite, context: Context) -> Ref | None:
    sha = one.run.repository.branches.get(one.run.branch)
    return Ref(one.run.repository, "refs/heads/", one.run.branch, sha) if sha else None


# ------------------------------------------------------------ pull requests


def _pull_state(one: PullRequest) -> str:
    return "MERGED" if one.merged_at else one.state.upper()


FIELDS["PullRequest", "state"] = lambda one, context: _pull_state(one)
FIELDS["PullRequest", "isDraft"] = lambda one, context: one.draft
FIELDS["PullRequest", "isCrossRepository"] = lambda one, context: False
FIELDS["PullRequest", "merged"] = lambda one, context: one.merged_at is not None
FIELDS["PullRequest", "baseRefName"] = lambda one, context: one.base
FIELDS["PullRequest", "baseRefOid"] = lambda one, context: one.base_sha
FIELDS["PullRequest", "headRefName"] = lambda one, context: one.head
FIELDS["PullRequest", "headRefOid"] = lambda one, context: one.head_sha
FIELDS["PullRequest", "baseRepository"] = FIELDS["PullRequest", "headRepository"] = lambda one, context: one.repository
FIELDS["PullRequest", "mergeCommit"] = lambda one, context: (
    one.repository.commits[one.merge_sha] if one.merged_at else None
)
FIELDS["PullRequestCommit", "id"] = lambda one, context: node_id("PRC", one.pull.id, one.commit.sha)
FIELDS["PullRequestCommit", "pullRequest"] = lambda one, context: one.pull
FIELDS["PullRequestReview", "pullRequest"] = lambda one, context: one.pull
FIELDS["PullRequestReview", "commit"] = lambda one, context: one.pull.repository.commits.get(one.sha)
FIELDS["PullRequestReview", "createdAt"] = lambda one, context: one.submitted_at
FIELDS["PullRequestReview", "updatedAt"] = lambda one, context: one.submitted_at


@gives("PullRequest", "commits")
def _pull_commits(one: PullRequest, context: Context, **args: Any) -> Connection:
    return by_place([PullCommit(one, one.repository.commits[sha]) for sha in one.commits], args)


@gives("PullRequest", "reviews")
def _reviews(one: PullRequest, context: Context, **args: Any) -> Connection:
    return by_place([row for row in one.reviews if args.get("states") is None or row.state in args["states"]], args)


# ------------------------------------------------------------ deployments, releases, issues

STATES = {"success": "ACTIVE"}


def _state(one: Deployment) -> str:
    """A deployment that succeeded is active until another takes its place."""
    if not one.statuses:
        return "PENDING"
    return STATES.get(one.statuses[-1].state, one.statuses[-1].state.upper())


FIELDS["Deployment", "state"] = lambda one, context: _state(one)
FIELDS["Deployment", "commit"] = lambda one, context: one.repository.commits.get(one.sha)
FIELDS["Deployment", "commitOid"] = lambda one, context: one.sha
FIELDS["Deployment", "latestEnvironment"] = lambda one, context: one.environment
FIELDS["Deployment", "latestStatus"] = lambda one, context: one.statuses[-1] if one.statuses else None
FIELDS["Deployment", "statuses"] = lambda one, context, **args: by_place(one.statuses[::-1], args)
FIELDS["Deployment", "ref"] = lambda one, context: _ref(one.repository, context, one.ref)
FIELDS["Deployment", "payload"] = lambda one, context: (
    one.payload if isinstance(one.payload, str) else json.dumps(one.payload)
)
FIELDS["DeploymentStatus", "state"] = lambda one, context: one.state.upper()
FIELDS["DeploymentStatus", "updatedAt"] = lambda one, context: one.created_at
FIELDS["DeploymentStatus", "logUrl"] = lambda one, context: one.log_url or None
FIELDS["DeploymentStatus", "environmentUrl"] = lambda one, context: one.environment_url or None
FIELDS["Release", "description"] = lambda one, context: one.body
FIELDS["Release", "isDraft"] = lambda one, context: one.draft
FIELDS["Release", "isPrerelease"] = lambda one, context: one.prerelease
FIELDS["Release", "isLatest"] = lambda one, context: one is _latest(one.repository)
FIELDS["Release", "tagName"] = lambda one, context: one.tag
FIELDS["Release", "tag"] = lambda one, context: _ref(one.repository, context, f"refs/tags/{one.tag}")
FIELDS["Release", "tagCommit"] = lambda one, context: one.repository.commits.get(one.repository.tags.get(one.tag, ""))
FIELDS["Release", "updatedAt"] = lambda one, context: one.published_at or one.created_at
FIELDS["Issue", "state"] = lambda one, context: one.state.upper()
FIELDS["Issue", "stateReason"] = lambda one, context: one.reason.upper() if one.reason else None
